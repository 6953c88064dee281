using System.Collections.Concurrent;

namespace Zanshin.Diagnosis.Scopes;

/// <summary>
/// Which begins of a scope are recorded with their stacks, which cost some 20 to 100 µs each: the first of each operation, then now and
/// then one, and seldom in the end. Thread-safe.
/// </summary>
internal sealed class StackBudget
{
    private const int First = 64;
    private const int Then = 32;
    private const int Many = 2048;
    private const int Rarely = 1024;
    private const int MostWanted = 256;

    private static readonly TimeSpan BetweenSamples = TimeSpan.FromMilliseconds(200);
    private static long s_last;

    /// <summary>Operations that were left behind where no stack was recorded: how many more are recorded, wherever they are begun.</summary>
    private static readonly ConcurrentDictionary<string, int> s_wanted = [];

    private readonly ConcurrentDictionary<string, int> _seen = [];

    public bool Take(string operation)
    {
        int times = _seen.AddOrUpdate(operation, 1, static (_, before) => before + 1);
        return times <= First || times % (times < Many ? Then : Rarely) == 0;
    }

    /// <summary>Asks for stacks of an operation that is seldom begun (of timers: the empty name), for its next begins.</summary>
    public static void Want(string operation)
    {
        if (s_wanted.Count < MostWanted)
            s_wanted.AddOrUpdate(operation, Then, static (_, left) => Math.Max(left, Then));
    }

    /// <summary>Whether it was asked for.</summary>
    public static bool IsWanted(string operation) =>
        !s_wanted.IsEmpty && s_wanted.TryGetValue(operation, out int left) && left > 0 && s_wanted.TryUpdate(operation, left - 1, left);

    /// <summary>A budget for one scope every 200 ms, null for the others: what stacks cost a busy worker does not grow with its messages.</summary>
    public static StackBudget? Sample()
    {
        long last = Volatile.Read(ref s_last);
        if (last != 0 && TimeProvider.System.GetElapsedTime(last) < BetweenSamples)
            return null;
        return Interlocked.CompareExchange(ref s_last, TimeProvider.System.GetTimestamp(), last) == last ? new StackBudget() : null;
    }
}
