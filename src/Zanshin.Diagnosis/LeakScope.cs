using Zanshin.Diagnosis.Scopes;

namespace Zanshin.Diagnosis;

/// <summary>
/// A unit of work (a message, a job, a test) to which everything belongs that is started in its course: what is alive when it has ended
/// is an orphan. It flows as an <see cref="AsyncLocal{T}"/> does, so that work in parallel keeps apart.
/// </summary>
/// <remarks>
/// <para>Zanshin opens one for each message by itself where a leak watch or a test listens; other hosts open their own around a unit of work.
/// Begin it in the method that calls the work, outside of what it is to see: an async method that begins a scope belongs to it.</para>
/// <para>It holds its id and when it ended, nothing of the work. Threads are tied to it as they start; timers and async work while a
/// listener is on. Threads started with <c>UnsafeStart</c> or under suppressed flow do not belong to it. Thread-safe.</para>
/// </remarks>
public sealed class LeakScope : IDisposable
{
    private static readonly AsyncLocal<LeakScope?> s_current = new(ScopeThreads.OnChange);

    private static long s_ended;

    private long _ended; // a timestamp; 0 while it is open
    private long _endedWithin;

    private LeakScope(string id, LeakScope? parent, StackBudget? stacks) => (Id, Parent, Stacks) = (id, parent, stacks);

    /// <summary>The scope of the work that is under way here, or null.</summary>
    public static LeakScope? Current => s_current.Value;

    /// <summary>What it was begun with: a message id, a test's name.</summary>
    public string Id { get; }

    /// <summary>Whether the work has ended.</summary>
    public bool HasEnded => Volatile.Read(ref _ended) != 0;

    /// <summary>The scope in which it was begun.</summary>
    internal LeakScope? Parent { get; }

    /// <summary>Its start sites are recorded; null: what it begins is counted only.</summary>
    internal StackBudget? Stacks { get; }

    /// <summary>What is begun in it from here on is nobody's concern.</summary>
    internal bool IsAbandoned { get; set; }

    /// <summary>Begins a scope for the work that the caller goes on to do; dispose it when the work has ended.</summary>
    /// <param name="id">What findings name it by.</param>
    public static LeakScope Begin(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        LeakScope? parent = s_current.Value;
        return BeginUnder(parent, id, parent is null ? StackBudget.Sample() : parent.Stacks);
    }

    /// <summary>Ends the work: what it started and is still alive after a while was left behind. Again: nothing.</summary>
    public void Dispose()
    {
        Leave();
        if (Interlocked.CompareExchange(ref _ended, Math.Max(1, TimeProvider.System.GetTimestamp()), 0) == 0)
            Interlocked.Increment(ref Parent is null ? ref s_ended : ref Parent._endedWithin);
    }

    /// <summary>How many have ended that were begun right in the given one; null: outside of any.</summary>
    internal static long EndedIn(LeakScope? parent) => Volatile.Read(ref parent is null ? ref s_ended : ref parent._endedWithin);

    /// <summary>Begins one that belongs to another, wherever that was begun.</summary>
    internal static LeakScope BeginUnder(LeakScope? parent, string id, StackBudget? stacks) => s_current.Value = new LeakScope(id, parent, stacks);

    /// <summary>Enters it again, from a place to which it has not flowed.</summary>
    internal void Enter() => s_current.Value = this;

    /// <summary>What the caller starts from here on is not this scope's.</summary>
    internal void Leave()
    {
        if (s_current.Value == this)
            s_current.Value = Parent;
    }

    internal bool EndedFor(TimeSpan linger) =>
        Volatile.Read(ref _ended) is not 0 and long ended && TimeProvider.System.GetElapsedTime(ended) >= linger;

    internal bool IsWithin(LeakScope scope)
    {
        for (LeakScope? at = this; at is not null; at = at.Parent)
        {
            if (at == scope)
                return true;
        }
        return false;
    }
}
