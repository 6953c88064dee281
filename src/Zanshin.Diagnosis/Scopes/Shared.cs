namespace Zanshin.Diagnosis.Scopes;

/// <summary>One thing for the process that is there while anybody has it open. Thread-safe.</summary>
internal sealed class Shared(Func<IDisposable?> make)
{
    private readonly Lock _lock = new(); // guards the two below
    private IDisposable? _made;
    private int _open;

    /// <summary>It is there until what is returned is disposed.</summary>
    public IDisposable Open()
    {
        lock (_lock)
        {
            if (_open++ == 0)
                _made = make();
        }
        return new Opened(this);
    }

    private void Close()
    {
        lock (_lock)
        {
            if (--_open > 0)
                return;
            _made?.Dispose();
            _made = null;
        }
    }

    private sealed class Opened(Shared shared) : IDisposable
    {
        private int _closed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _closed, 1) == 0)
                shared.Close();
        }
    }
}
