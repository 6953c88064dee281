using Zanshin.LocalQueue;
using Zanshin.LocalQueue.Actions;
using Zanshin.Testing.Faults;

namespace Zanshin.Testing;

/// <summary>
/// The network between a real SQS client and a <see cref="LocalSqs"/>, with faults put into it by rule: give it to
/// <see cref="LocalSqsClient.Create(HttpMessageHandler)"/>. Without rules everything works.
/// </summary>
/// <remarks>
/// <para>A rule reads from left to right, and is in force when its last word has been said:
/// <c>faults.On("ReceiveMessage", queue: "orders").After(2).Times(3).Fail("RequestThrottled")</c>. A call is struck by one rule at most: of those
/// that cover it, the first made that has strikes left.</para>
/// <para>All waiting is done on the queue's own <see cref="LocalSqsOptions.TimeProvider"/>, and on <see cref="VirtualTime"/> a run replays exactly.</para>
/// <para>Thread-safe; rules can be made and taken out while calls are under way. Disposing it leaves the <see cref="LocalSqs"/> as it is.</para>
/// </remarks>
public sealed class SqsFaults : HttpMessageHandler
{
    private readonly LocalSqsHandler _queue;
    private readonly Lock _gate = new();

    // Under _gate, as are the counts of the rules
    private readonly Dictionary<(string Action, string? Queue), int> _calls = [];
    private SqsFault[] _rules = []; // replaced, never changed: a predicate may make or take out rules

    /// <param name="sqs">Carries out what no rule prevents. The caller disposes it.</param>
    public SqsFaults(LocalSqs sqs)
    {
        ArgumentNullException.ThrowIfNull(sqs);
        Time = sqs.Engine.Time;
        _queue = new LocalSqsHandler(sqs) { Answering = AnswerAsync };
    }

    internal TimeProvider Time { get; }

    /// <summary>Begins a rule for the calls of one action.</summary>
    /// <param name="action">As the API names it: <c>DeleteMessageBatch</c>. Case counts.</param>
    /// <param name="queue">The name of the queue, not its URL; null, the default, for all. Calls that name no queue (<c>ListQueues</c>, <c>CancelMessageMoveTask</c>) are of none.</param>
    /// <exception cref="ArgumentException">SQS has no such action, or no queue can have that name.</exception>
    public SqsFaultRule On(string action, string? queue = null) => new(this, new Terms(Known.Action(action), Known.Queue(queue)));

    /// <summary>Begins a rule for the calls of all actions: <c>using (faults.OnAny().LoseRequest())</c> is an outage.</summary>
    /// <param name="queue">The name of the queue, not its URL; null, the default, for all.</param>
    /// <exception cref="ArgumentException">No queue can have that name.</exception>
    public SqsFaultRule OnAny(string? queue = null) => new(this, new Terms(Action: null, Known.Queue(queue)));

    /// <summary>How many calls of an action have come so far, whatever became of them.</summary>
    /// <param name="action">As the API names it.</param>
    /// <param name="queue">The name of the queue; null, the default, for all.</param>
    /// <exception cref="ArgumentException">SQS has no such action, or no queue can have that name.</exception>
    public int CallsOf(string action, string? queue = null)
    {
        var asked = new Terms(Known.Action(action), Known.Queue(queue));
        lock (_gate)
            return _calls.Where(c => asked.Name(c.Key.Action, c.Key.Queue)).Sum(static c => c.Value);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _queue.AnswerAsync(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _queue.Dispose();
        base.Dispose(disposing);
    }

    internal SqsFault Add(SqsFault fault)
    {
        lock (_gate)
            _rules = [.. _rules, fault];
        return fault;
    }

    internal void Remove(SqsFault fault)
    {
        lock (_gate)
            _rules = [.. _rules.Where(r => r != fault)];
    }

    internal ValueTask<SqsResponse> AnswerAsync(ReadCall call, CancellationToken cancel) =>
        Draw(call.Request) is { } fate ? fate(call, cancel) : call.AnswerAsync(cancel);

    // Under the lock to its end, predicates included: calls are numbered and struck in one and the same order.
    private Fate? Draw(SqsRequest request)
    {
        lock (_gate)
        {
            int number = _calls[(request.Action, request.Queue)] = _calls.GetValueOrDefault((request.Action, request.Queue)) + 1;
            var call = new SqsCall(request.Action, request.Queue, number);
            foreach (SqsFault rule in _rules)
            {
                if (rule.Strike(call, request) is { } fate)
                    return fate;
            }
            return null;
        }
    }
}
