using System.Globalization;
using Zanshin.Diagnosis;

namespace Zanshin.Testing;

/// <summary>
/// Runs posted items and timer callbacks one after the other on the one thread that entered, and remembers the first use from any other.
/// </summary>
internal sealed class Pump
{
    // A burst of a hundred thousand messages at one instant is legitimate; two million items without the clock moving is a loop.
    private const int MaxItemsPerInstant = 2_000_000;

    /// <summary>In the stack of what a timer of the system's calls.</summary>
    private const string RealTimer = "System.Threading.TimerQueueTimer.Fire";

    // Real time, and only on the way to a failure: lets work that hopped to the pool post back, so that the message names the cause.
    private static readonly TimeSpan s_graceForEscapes = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();

    // Under _gate
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = new();
    private string? _escape;

    // Written by the pump's thread only
    private volatile int _thread; // 0 while nothing runs
    private ExecutionContext _clean = CleanContext.Value;
    private int _itemsThisInstant;

    public bool IsPumpThread => _thread == Environment.CurrentManagedThreadId;

    /// <summary>Makes the calling thread the pump's, with <paramref name="context"/> current, until the turn is disposed.</summary>
    public Turn Enter(SynchronizationContext context)
    {
        if (Interlocked.CompareExchange(ref _thread, Environment.CurrentManagedThreadId, 0) != 0)
            throw new InvalidOperationException("Virtual time is running already; Run and Advance neither nest nor run at the same time.");
        _itemsThisInstant = 0;
        _clean = LeakScope.Current is { } scope ? CleanContext.Of(scope) : CleanContext.Value;
        return new Turn(this, context);
    }

    public void Post(SendOrPostCallback callback, object? state)
    {
        NoteUseFromElsewhere("Post");
        lock (_gate)
            _posted.Enqueue((callback, state));
    }

    /// <summary>Keeps the stack of the first use from another thread while running. The run fails at its next step.</summary>
    public void NoteUseFromElsewhere(string what)
    {
        if (_thread == 0 || IsPumpThread)
            return;
        Note(string.Create(CultureInfo.InvariantCulture,
            $"{what} from thread {Environment.CurrentManagedThreadId} while thread {_thread} runs virtual time"));
    }

    /// <summary>Keeps the stack of the first hand-over to the thread pool, as <see cref="NoteUseFromElsewhere"/> does.</summary>
    public void NoteHop() => Note("Work was handed to the thread pool");

    private void Note(string what)
    {
        lock (_gate)
        {
            _escape ??= $"{what}:\n{StackDownToThePump()}";
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Runs what is posted, and what that posts, until nothing is left.</summary>
    public void RunPosted()
    {
        while (TryTakePosted(out var item))
            Execute(null, item.Callback, item.State);
    }

    /// <summary>
    /// Runs one item under <paramref name="captured"/> or else an execution context with nothing but the leak scope of who runs the clock. ExecutionContext.Run also puts back the
    /// synchronization context that the item found, whatever it did to it.
    /// </summary>
    public void Execute(ExecutionContext? captured, SendOrPostCallback callback, object? state)
    {
        ThrowIfEscaped();
        if (++_itemsThisInstant > MaxItemsPerInstant)
        {
            throw new VirtualTimeException(VirtualTimeFault.LimitReached,
                $"{MaxItemsPerInstant} items ran and the clock did not move: something loops without waiting for time.");
        }
        ExecutionContext.Run(captured ?? _clean, new ContextCallback(callback), state);
    }

    public void ClockMoved() => _itemsThisInstant = 0;

    public VirtualTimeException Stalled(TimeSpan now) => FailureAt(VirtualTimeFault.Stalled,
        $"After {now} of virtual time nothing is left to run, no timer is armed, and the body is not done: it waits for something that "
        + "virtual time does not drive (real I/O, a real timer, a thread, or a signal that nobody will give).");

    public VirtualTimeException LimitReached(TimeSpan now, TimeSpan limit) => FailureAt(VirtualTimeFault.LimitReached,
        $"After {now} of virtual time the body is not done, and the next timer lies beyond the limit of {limit}. Pass a larger limit to "
        + "Run, or look for a wait that never ends while timers keep firing.");

    // What lies below the item is the pump and the test framework: nothing to learn there.
    private static string StackDownToThePump()
    {
        var stack = Environment.StackTrace;
        var end = stack.IndexOf(typeof(Pump).FullName + "." + nameof(Execute), StringComparison.Ordinal);
        return end < 0 ? stack : stack[..stack.LastIndexOf('\n', end)];
    }

    private VirtualTimeException FailureAt(VirtualTimeFault fault, string message)
    {
        lock (_gate)
        {
            if (_escape is null)
                Monitor.Wait(_gate, s_graceForEscapes);
        }
        return Escaped() ?? new VirtualTimeException(fault, message);
    }

    private bool TryTakePosted(out (SendOrPostCallback Callback, object? State) item)
    {
        ThrowIfEscaped();
        lock (_gate)
            return _posted.TryDequeue(out item);
    }

    private void ThrowIfEscaped()
    {
        if (Escaped() is { } escaped)
            throw escaped;
    }

    private VirtualTimeException? Escaped()
    {
        string? escape;
        lock (_gate)
            escape = _escape;
        return escape is null ? null : new VirtualTimeException(VirtualTimeFault.LeftVirtualTime, escape.Contains(RealTimer, StringComparison.Ordinal)
            ? "Something left virtual time: a real timer has fired. Give Task.Delay, timers and the time-outs of token sources the injected TimeProvider, as in "
            + "Task.Delay(time, timeProvider, cancel): the timer's own stack does not show who began it. " + escape
            : "Something left virtual time: it hopped to the thread pool (ConfigureAwait(false), CancelAsync, SemaphoreSlim.WaitAsync with a "
            + "token, ValueTask.AsTask, ReadAllAsync, WhenAny of a cancelled Task.Delay, ...) or did real I/O. "
            + escape);
    }

    /// <summary>The time between entering and leaving the pump; leaving gives the thread back its context.</summary>
    public readonly ref struct Turn
    {
        private readonly Pump _pump;
        private readonly SynchronizationContext? _before = SynchronizationContext.Current;

        public Turn(Pump pump, SynchronizationContext context)
        {
            _pump = pump;
            PoolWatch.Watch(pump);
            SynchronizationContext.SetSynchronizationContext(context);
        }

        public void Dispose()
        {
            PoolWatch.Watch(null);
            SynchronizationContext.SetSynchronizationContext(_before);
            _pump._thread = 0;
        }
    }
}
