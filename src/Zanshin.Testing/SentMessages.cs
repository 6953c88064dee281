using System.Collections;
using Zanshin.Sending;
using Zanshin.Testing.Queues;

namespace Zanshin.Testing;

/// <summary>
/// What the application has sent so far, in order: by <see cref="ISender"/> or with its SQS client, and not what a test sends with its own. Copies to a
/// dead-letter queue and the hops of a long delay are not among it, nor what SQS took for a duplicate; what was sent again because an answer was lost is there once. For any test framework: a failed assertion throws. Thread-safe.
/// </summary>
public sealed class SentMessages : IReadOnlyList<SentMessage>
{
    private readonly SentLog _log;
    private readonly ZanshinBuilder? _setup;

    internal SentMessages(SentLog log, ZanshinBuilder? setup) => (_log, _setup) = (log, setup);

    public int Count => _log.All.Length;

    public SentMessage this[int index] => _log.All[index];

    /// <summary>Those that went along the route of <typeparamref name="T"/>, in order, their bodies read again.</summary>
    /// <exception cref="InvalidOperationException">There is no route for <typeparamref name="T"/>.</exception>
    public IReadOnlyList<SentMessage<T>> Of<T>()
    {
        Route<T> route = (Route<T>?)_setup?.Routes.Find(static r => r.BodyType == typeof(T))
            ?? throw new InvalidOperationException($"There is no route for {typeof(T).Name}, so none can have been sent: add z.Route<{typeof(T).Name}>(\"queue\", \"type\", body) to AddZanshin.");
        string queue = Hosting.QueueResolver.NameOf(route.Queue);
        // A type name tells it apart wherever it was sent to; without one the queue does.
        return [.. _log.All.Where(m => route.Type is null ? m.Type is null && m.Queue == queue : m.Type == route.Type)
            .Select(m => new SentMessage<T>(m, m.ReadAs(route.Body)))];
    }

    /// <summary>Asserts that exactly one <typeparamref name="T"/> was sent that fits, and gives it.</summary>
    /// <param name="where">Which are meant; all, if left out.</param>
    /// <exception cref="SentMessagesException">None was sent that fits, or several.</exception>
#pragma warning disable CA1720 // Single is not meant as a number's type.
    public SentMessage<T> Single<T>(Func<SentMessage<T>, bool>? where = null)
#pragma warning restore CA1720
    {
        IReadOnlyList<SentMessage<T>> fitting = Fitting(where);
        return fitting is [var only] ? only : throw Failed($"One {Name<T>(where)} was expected to be sent, and {(fitting.Count == 0 ? "none was" : $"{fitting.Count} were")}.");
    }

    /// <summary>Asserts that no <typeparamref name="T"/> was sent that fits.</summary>
    /// <exception cref="SentMessagesException">One was.</exception>
    public void None<T>(Func<SentMessage<T>, bool>? where = null)
    {
        if (Fitting(where) is { Count: > 0 } fitting)
            throw Failed($"No {Name<T>(where)} was expected to be sent, and {fitting.Count} {(fitting.Count == 1 ? "was" : "were")}.");
    }

    /// <summary>Asserts that nothing was sent.</summary>
    /// <exception cref="SentMessagesException">Something was.</exception>
    public void None()
    {
        if (Count > 0)
            throw Failed("Nothing was expected to be sent.");
    }

    /// <summary>Forgets what was sent so far.</summary>
    public void Clear() => _log.Clear();

    public IEnumerator<SentMessage> GetEnumerator() => ((IEnumerable<SentMessage>)_log.All).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IReadOnlyList<SentMessage<T>> Fitting<T>(Func<SentMessage<T>, bool>? where) => where is null ? Of<T>() : [.. Of<T>().Where(where)];

    private static string Name<T>(Func<SentMessage<T>, bool>? where) => where is null ? typeof(T).Name : $"{typeof(T).Name} that fits";

    private SentMessagesException Failed(string what)
    {
        SentMessage[] all = _log.All;
        string sent = all.Length == 0 ? "Nothing was sent." : $"Sent, in order:\n{string.Join('\n', all.Take(20).Select(static (m, i) => $"  {i + 1}. {m}"))}";
        return new SentMessagesException($"{what} {sent}{(all.Length > 20 ? $"\n  and {all.Length - 20} more" : "")}");
    }
}
