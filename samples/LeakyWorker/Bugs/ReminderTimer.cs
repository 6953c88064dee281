using Zanshin;

namespace LeakyWorker.Bugs;

/// <summary>A timer for every message that is never disposed.</summary>
internal sealed class ReminderTimer(bool isFixed) : Bug(isFixed)
{
    public override IDisposable Begin(Message<string> message, CancellationToken cancel)
    {
        var reminder = new Reminder();
        return IsFixed ? reminder : Ended.Nothing;
    }

    private sealed class Reminder : IDisposable
    {
        private readonly Timer _timer;

        // The timer's callback has the reminder and so the timer: both live until it is disposed.
        public Reminder() => _timer = new Timer(Remind, this, 30_000, 30_000);

        public int Times { get; private set; }

        public void Dispose() => _timer.Dispose();

        private void Remind(object? state) => Times++;
    }
}
