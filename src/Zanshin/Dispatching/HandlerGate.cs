namespace Zanshin.Dispatching;

/// <summary>A handler that may have fewer runs at once than its queue. Its messages beyond that stand aside, leased, and let others pass. Guarded by the dispatcher's lock.</summary>
internal sealed class HandlerGate(int most)
{
    private int _runs;

    /// <summary>Those that stand aside, in order; some may have left again.</summary>
    public Queue<Delivery> Aside { get; } = new();

    public bool IsFull => _runs >= most;

    public void BeginRun() => _runs++;

    public void EndRun() => _runs--;
}
