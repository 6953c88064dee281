namespace LeakyWorker;

/// <summary>Ends something.</summary>
internal sealed class Ended(Action end) : IDisposable
{
    public static Ended Nothing { get; } = new(static () => { });

    public void Dispose() => end();
}
