using System.Net.Sockets;
using Zanshin.LocalQueue.Actions;
using Zanshin.Testing.Faults;

namespace Zanshin.Testing;

/// <summary>
/// A rule that is being said: which calls (<see cref="After"/>, <see cref="Times"/>, <see cref="When"/>), and at last what becomes of them. Only that last
/// word puts it in force, whole, so that it never strikes more than it should. Immutable: one beginning may be used for several rules.
/// </summary>
public sealed class SqsFaultRule
{
    // What a timer takes.
    private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly SqsFaults _faults;
    private readonly Terms _terms;

    internal SqsFaultRule(SqsFaults faults, Terms terms) => (_faults, _terms) = (faults, terms);

    /// <summary>Lets the first calls that it would strike pass, counted from when the rule is in force. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="calls"/> is negative.</exception>
    public SqsFaultRule After(int calls)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(calls);
        return new(_faults, _terms with { After = calls });
    }

    /// <summary>Strikes so many calls and no more. Default: all, until the rule is taken out.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="calls"/> is less than 1.</exception>
    public SqsFaultRule Times(int calls)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(calls, 1);
        return new(_faults, _terms with { Times = calls });
    }

    /// <summary>Strikes only calls of which this is true; said again, both must be.</summary>
    /// <param name="predicate">Asked one call at a time, in the order in which they are numbered, so it may keep a count or throw dice. What it throws, the caller gets.</param>
    public SqsFaultRule When(Func<SqsCall, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        Func<SqsCall, bool> before = _terms.When;
        return new(_faults, _terms with { When = call => before(call) && predicate(call) });
    }

    /// <summary>
    /// SQS refuses the call: nothing is done, and the client gets the error with its own HTTP status. The SDK has an exception type of its own only for an
    /// error that the action is documented to have; <c>ErrorCode</c> tells in any case.
    /// </summary>
    /// <param name="code">
    /// The error's code, by the name of its exception or as SQS answers it: <c>RequestThrottled</c>, <c>ThrottlingException</c>, <c>OverLimit</c>, <c>InternalError</c> (500),
    /// <c>ServiceUnavailable</c> (503), <c>AccessDenied</c>, <c>ExpiredToken</c>, <c>InvalidClientTokenId</c>, <c>SignatureDoesNotMatch</c>, <c>QueueDoesNotExist</c>,
    /// <c>QueueDeletedRecently</c>, <c>PurgeQueueInProgress</c>, <c>ReceiptHandleIsInvalid</c>, <c>MessageNotInflight</c>, <c>InvalidMessageContents</c>,
    /// <c>InvalidParameterValue</c>, <c>UnsupportedOperation</c>, <c>KmsThrottled</c>, <c>KmsAccessDenied</c>, <c>KmsDisabled</c>.
    /// </param>
    /// <exception cref="ArgumentException">Not one of these.</exception>
    public SqsFault Fail(string code)
    {
        var error = new ErrorResponse(Known.Error(code));
        return Put((_, _) => new(error));
    }

    /// <summary>Single entries of a batch fail, and nothing is done about them; the queue does the others. A batch with no such entry is not struck.</summary>
    /// <param name="which">Asked once for each entry of a call that is covered, as a predicate of <see cref="When"/> is.</param>
    /// <param name="code">One that <see cref="Fail"/> takes. Default: <c>InternalError</c>, which is not the sender's fault.</param>
    /// <exception cref="ArgumentException">Not one of these.</exception>
    /// <exception cref="InvalidOperationException">The rule is for an action that has no entries.</exception>
    public SqsFault FailEntries(Func<SqsBatchEntry, bool> which, string code = "InternalError")
    {
        ArgumentNullException.ThrowIfNull(which);
        if (_terms.Action is { } action && !action.EndsWith("Batch", StringComparison.Ordinal))
            throw new InvalidOperationException($"{action} has no entries: let the call itself Fail, or begin the rule with one of the batches, such as On(\"SendMessageBatch\").");
        var error = Known.Error(code);
        return _faults.Add(new SqsFault(_faults, _terms, request => BatchFault.Aim(request, which, error)));
    }

    /// <summary>The connection breaks before SQS has the call: nothing is done. The SDK's client throws an <see cref="IOException"/>.</summary>
    public SqsFault LoseRequest() => Put(static (_, _) => throw Reset());

    /// <summary>The connection breaks when SQS has done the call: the client sees the same as of <see cref="LoseRequest"/>. What a receive took stays in flight.</summary>
    public SqsFault LoseAnswer() => Put(static async (call, cancel) =>
    {
        await call.AnswerAsync(cancel).ConfigureAwait(false);
        throw Reset();
    });

    /// <summary>SQS has the call later. A caller that gives up before has nothing done.</summary>
    /// <param name="by">Up to 49 days; <see cref="Timeout.InfiniteTimeSpan"/> is <see cref="Hang"/>.</param>
    public SqsFault DelayRequest(TimeSpan by)
    {
        Check(by);
        return Put(async (call, cancel) =>
        {
            await InlineDelay.WaitAsync(_faults.Time, by, cancel).ConfigureAwait(false);
            return await call.AnswerAsync(cancel).ConfigureAwait(false);
        });
    }

    /// <summary>SQS does the call at once, and its answer comes later. A caller that gives up before never hears of what was done.</summary>
    /// <param name="by">Up to 49 days; <see cref="Timeout.InfiniteTimeSpan"/>: done, and never answered.</param>
    public SqsFault DelayAnswer(TimeSpan by)
    {
        Check(by);
        return Put(async (call, cancel) =>
        {
            SqsResponse response = await call.AnswerAsync(cancel).ConfigureAwait(false);
            await InlineDelay.WaitAsync(_faults.Time, by, cancel).ConfigureAwait(false);
            return response;
        });
    }

    /// <summary>Nothing is done and nothing is answered until the caller gives up, also when the rule has been taken out.</summary>
    public SqsFault Hang() => DelayRequest(Timeout.InfiniteTimeSpan);

    private SqsFault Put(Fate fate) => _faults.Add(new SqsFault(_faults, _terms, _ => fate));

    private static void Check(TimeSpan by)
    {
        if (by == Timeout.InfiniteTimeSpan)
            return;
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(by, s_longest);
    }

    // As a socket's handler has it.
    private static HttpRequestException Reset() =>
        new("The connection was reset.", new IOException("Unable to read data from the transport connection.", new SocketException((int)SocketError.ConnectionReset)));
}
