using Microsoft.Extensions.Logging;
using Zanshin.Leasing;
using Zanshin.Sqs;

namespace Zanshin.Observing;

/// <summary>Every log line of the worker. Event ids are stable; bodies are never logged.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Zanshin works {Queues} with {Concurrency} slots (group {Group})")]
    public static partial void Started(this ILogger logger, string queues, int concurrency, string group);

    [LoggerMessage(2, LogLevel.Information, "Zanshin stops: {Running} running, {Waiting} waiting, at most {Budget} to drain")]
    public static partial void Stopping(this ILogger logger, int running, int waiting, TimeSpan budget);

    [LoggerMessage(3, LogLevel.Information, "Zanshin has stopped after {Took}: nothing is left behind")]
    public static partial void Stopped(this ILogger logger, TimeSpan took);

    [LoggerMessage(4, LogLevel.Warning, "Zanshin has stopped after {Took} and leaves {Orphans} messages in handlers that ignore their token: {Messages}")]
    public static partial void StoppedWithOrphans(this ILogger logger, TimeSpan took, int orphans, string messages);

    [LoggerMessage(5, LogLevel.Warning, "The time to drain is over: {Running} handlers are cancelled and {Polls} open receives abandoned")]
    public static partial void CancelsAtStop(this ILogger logger, int running, int polls);

    [LoggerMessage(6, LogLevel.Information, "Zanshin receives no more, and works on what it has")]
    public static partial void Quiet(this ILogger logger);

    [LoggerMessage(7, LogLevel.Information, "Zanshin receives again")]
    public static partial void Resumed(this ILogger logger);

    [LoggerMessage(8, LogLevel.Warning, "{Advice}")]
    public static partial void Advice(this ILogger logger, string advice);

    [LoggerMessage(10, LogLevel.Warning, "Cannot {What} on {Queue}: {Kind}, {Reason}; trying on")]
    public static partial void CallsFail(this ILogger logger, string what, string queue, SqsFailureKind kind, string reason);

    [LoggerMessage(11, LogLevel.Information, "Can {What} on {Queue} again, after {Failures} failures in {Lasted}")]
    public static partial void CallsWork(this ILogger logger, string what, string queue, int failures, TimeSpan lasted);

    [LoggerMessage(12, LogLevel.Error, "{Messages} messages of {Queue} came without an id or a receipt handle and are left to SQS: is the endpoint an SQS?")]
    public static partial void Nameless(this ILogger logger, int messages, string queue);

    [LoggerMessage(13, LogLevel.Error, "A callback on the cancelled token of a call to {Queue} failed")]
    public static partial void CallbackFailed(this ILogger logger, Exception exception, string queue);

    [LoggerMessage(20, LogLevel.Error, "Message {MessageId} of {Queue} failed at attempt {Attempt}; retried in {Delay}")]
    public static partial void RunFailed(this ILogger logger, Exception exception, string messageId, string queue, int attempt, TimeSpan delay);

    [LoggerMessage(21, LogLevel.Error, "Message {MessageId} of {Queue} is rejected at attempt {Attempt} ({Policy}): {Reason}")]
    public static partial void RunRejected(this ILogger logger, Exception? exception, string messageId, string queue, int attempt, RejectPolicy policy, string reason);

    [LoggerMessage(22, LogLevel.Warning, "The lease of message {MessageId} of {Queue} is lost ({Loss}); {Then}")]
    public static partial void LeaseLost(this ILogger logger, string messageId, string queue, LeaseLoss loss, string then);

    [LoggerMessage(23, LogLevel.Warning, "Message {MessageId} of {Queue} is {Outcome}, but its lease was lost first; if it comes again it is deleted unrun")]
    public static partial void Unconfirmed(this ILogger logger, string messageId, string queue, string outcome);

    [LoggerMessage(24, LogLevel.Warning, "Message {MessageId} of {Queue} could not be given back in time; SQS makes it visible when its lease ends")]
    public static partial void NotReturned(this ILogger logger, string messageId, string queue);

    [LoggerMessage(25, LogLevel.Warning, "Message {MessageId} of {Queue} runs longer than {Limit}; its handler is cancelled")]
    public static partial void OverTime(this ILogger logger, string messageId, string queue, TimeSpan limit);

    [LoggerMessage(26, LogLevel.Warning, "The rejected message {MessageId} of {Queue} has no room for another attribute: its copy goes without the reason")]
    public static partial void NoRoomForReason(this ILogger logger, string messageId, string queue);

    [LoggerMessage(27, LogLevel.Error, "A callback on the cancelled token of message {MessageId} of {Queue} failed")]
    public static partial void CancellationFailed(this ILogger logger, Exception exception, string messageId, string queue);

    [LoggerMessage(28, LogLevel.Error, "The retry schedule of {Queue} failed; the standard one is used")]
    public static partial void ScheduleFailed(this ILogger logger, Exception exception, string queue);

    [LoggerMessage(29, LogLevel.Error, "A listener to the messages of {Queue} failed")]
    public static partial void ListenerFailed(this ILogger logger, Exception exception, string queue);

    [LoggerMessage(30, LogLevel.Warning, "A run of message {MessageId} of {Queue} in {Where} has taken {Taken} (cancelled: {Cancelled}) and looks stuck; {Lost} of {Concurrency} slots are lost")]
    public static partial void Stuck(this ILogger logger, string messageId, string queue, string where, TimeSpan taken, CancelReason cancelled, int lost, int concurrency);

    [LoggerMessage(31, LogLevel.Information, "The run of message {MessageId} of {Queue} that looked stuck has ended after {Taken}; its slot is back")]
    public static partial void NotStuckAnyMore(this ILogger logger, string messageId, string queue, TimeSpan taken);

    [LoggerMessage(32, LogLevel.Warning, "The handlers of {Queue} keep failing: it is given fewer slots until they succeed")]
    public static partial void HandlersFail(this ILogger logger, string queue);

    [LoggerMessage(33, LogLevel.Information, "Queue {Queue} has all its slots back: {Why}")]
    public static partial void HandlersWork(this ILogger logger, string queue, string why);

    [LoggerMessage(34, LogLevel.Warning, "A batch handler of {Queue} gave outcomes of messages that are not in its batch; they count for nothing")]
    public static partial void OutcomesOfOthers(this ILogger logger, string queue);

    [LoggerMessage(35, LogLevel.Error, "A batch of {Messages} messages of {Queue} failed, {MessageId} the first of them at attempt {Attempt}, retried in {Delay}; each of the others on its own schedule")]
    public static partial void BatchFailed(this ILogger logger, Exception exception, int messages, string queue, string messageId, int attempt, TimeSpan delay);

    [LoggerMessage(36, LogLevel.Error, "A listener to meters failed when it was told of an instrument")]
    public static partial void InstrumentFailed(this ILogger logger, Exception exception);

    [LoggerMessage(37, LogLevel.Error, "Message {MessageId} of {Queue} is not done at attempt {Attempt}, its last receive ({ReceiveCount} of {MaxReceiveCount}); {Then}")]
    public static partial void LastReceiveFailed(this ILogger logger, Exception? exception, string messageId, string queue, int attempt, int receiveCount, int? maxReceiveCount, string then);

    [LoggerMessage(38, LogLevel.Warning, "Message {MessageId} of {Queue} goes back unfinished at its last receive ({ReceiveCount} of {MaxReceiveCount}): SQS moves it to the dead-letter queue when it would be received again")]
    public static partial void ReturnedAtLastReceive(this ILogger logger, string messageId, string queue, int receiveCount, int? maxReceiveCount);

    [LoggerMessage(39, LogLevel.Error, "Message {MessageId} of {Queue} could not be copied at its last receive ({ReceiveCount} of {MaxReceiveCount}): SQS moves it to the dead-letter queue without a reason")]
    public static partial void LastReceiveNotCopied(this ILogger logger, string messageId, string queue, int receiveCount, int? maxReceiveCount);

    [LoggerMessage(73, LogLevel.Information, "The redrive policy of {Queue} was changed: {Policy} (before: {Before})")]
    public static partial void RedriveChanged(this ILogger logger, string queue, string policy, string before);

    [LoggerMessage(74, LogLevel.Warning, "The visibility timeout of {Queue} was changed to {Timeout} at SQS; the worker goes on with {Ours} until its next start")]
    public static partial void VisibilityChanged(this ILogger logger, string queue, TimeSpan timeout, TimeSpan ours);

    [LoggerMessage(40, LogLevel.Error, "A rate limiter failed; it is asked again")]
    public static partial void LimiterFailed(this ILogger logger, Exception exception);

    [LoggerMessage(90, LogLevel.Warning, "A rate limiter has not answered for {Time}: {Queues} start nothing until it does")]
    public static partial void LimiterSilent(this ILogger logger, string queues, TimeSpan time);

    [LoggerMessage(91, LogLevel.Warning, "{Calls} has not returned in the stop's time; it is left behind")]
    public static partial void CallHangs(this ILogger logger, string calls);

    [LoggerMessage(92, LogLevel.Warning, "The thread pool came {Late} late to the worker's code, with {Threads} threads and {Pending} pieces of work that wait: {Cause}. Leases may be lost")]
    public static partial void PoolLate(this ILogger logger, TimeSpan late, int threads, long pending, string cause);

    [LoggerMessage(41, LogLevel.Error, "The polling strategy {Strategy} of group {Group} failed; the first queue had the turn")]
    public static partial void StrategyFailed(this ILogger logger, Exception exception, string strategy, string group);

    [LoggerMessage(42, LogLevel.Information, "Queue {Queue} is paused: it receives no more, and works on what it has")]
    public static partial void Paused(this ILogger logger, string queue);

    [LoggerMessage(43, LogLevel.Information, "Queue {Queue} is resumed")]
    public static partial void Unpaused(this ILogger logger, string queue);

    [LoggerMessage(44, LogLevel.Information, "{What} is now {Value}")]
    public static partial void Changed(this ILogger logger, string what, string value);

    [LoggerMessage(45, LogLevel.Error, "The configuration was changed to something that cannot work, so nothing of it was taken over: {Problems}")]
    public static partial void ReloadRefused(this ILogger logger, string problems);

    [LoggerMessage(46, LogLevel.Warning, "{Option} was changed in the configuration; it counts from the next start")]
    public static partial void NeedsRestart(this ILogger logger, string option);

    [LoggerMessage(60, LogLevel.Error, "The failure handler {Name} failed itself, told of message {MessageId} of {Queue}")]
    public static partial void FailureHandlerFailed(this ILogger logger, Exception exception, string name, string messageId, string queue);

    [LoggerMessage(61, LogLevel.Warning, "{Failures} failures of {Queue} are not told to all failure handlers, the first of message {MessageId} to {Name}: the time for it is over")]
    public static partial void FailuresUntold(this ILogger logger, int failures, string queue, string messageId, string name);

    [LoggerMessage(62, LogLevel.Error, "A rule of {Queue} for what is to be rejected failed; the message is retried")]
    public static partial void RejectRuleFailed(this ILogger logger, Exception exception, string queue);

    [LoggerMessage(63, LogLevel.Error, "The DI scope in which failures of {Queue} are told failed")]
    public static partial void FailureScopeFailed(this ILogger logger, Exception exception, string queue);

    [LoggerMessage(50, LogLevel.Information, "Queue {Queue} did not exist and was created (dead-letter queue {DeadLetterQueue}, after {MaxReceiveCount} receives)")]
    public static partial void QueueCreated(this ILogger logger, string queue, string deadLetterQueue, int? maxReceiveCount);

    [LoggerMessage(51, LogLevel.Information, "Zanshin drains: {Running} running, {Waiting} waiting, without a deadline")]
    public static partial void Draining(this ILogger logger, int running, int waiting);

    [LoggerMessage(52, LogLevel.Information, "The time to drain is limited now: at most {Budget}")]
    public static partial void DrainLimited(this ILogger logger, TimeSpan budget);

    [LoggerMessage(53, LogLevel.Warning, "A handler of the lifecycle event {Event} failed")]
    public static partial void LifecycleHandlerFailed(this ILogger logger, Exception exception, string @event);

    [LoggerMessage(54, LogLevel.Warning, "A handler of the lifecycle events {Events} has not ended in the stop's time; it is left behind")]
    public static partial void LifecycleHandlerHangs(this ILogger logger, string events);

    [LoggerMessage(55, LogLevel.Information, "{Status}")]
    public static partial void Status(this ILogger logger, string status);

    [LoggerMessage(56, LogLevel.Error, "The signal {Signal} could not be followed")]
    public static partial void SignalFailed(this ILogger logger, Exception exception, string signal);

    [LoggerMessage(57, LogLevel.Information, "There is no scale-in protection here: ECS_AGENT_URI, which ECS gives to its tasks, is not set")]
    public static partial void NoScaleIn(this ILogger logger);

    [LoggerMessage(58, LogLevel.Information, "The task is {Protection}")]
    public static partial void ScaleIn(this ILogger logger, string protection);

    [LoggerMessage(70, LogLevel.Debug, "Message {MessageId} of {Queue} is due at {Due} and sent on ({Id})")]
    public static partial void Carried(this ILogger logger, string messageId, string queue, DateTimeOffset due, string id);

    [LoggerMessage(71, LogLevel.Error, "{Messages} buffered messages could not be sent to {Queue}: {Reason}")]
    public static partial void BufferFailed(this ILogger logger, int messages, string queue, string reason);

    [LoggerMessage(72, LogLevel.Error, "The host's stop leaves {Messages} buffered messages for {Queue} unsent: its time is over")]
    public static partial void BufferLeft(this ILogger logger, int messages, string queue);

    [LoggerMessage(76, LogLevel.Warning, "A body of {Queue} is {Envelope}, which nothing opens: {Remedy}")]
    public static partial void EnvelopeUnopened(this ILogger logger, string queue, string envelope, string remedy);

    [LoggerMessage(99, LogLevel.Critical, "A promise of the worker is broken, please report it: {What}")]
    public static partial void BrokenInvariant(this ILogger logger, string what);

    [LoggerMessage(85, LogLevel.Warning, "{Messages} messages of {Queue} were handed out {Ago} before their answer was read: their leases are over, and they are not run")]
    public static partial void AnswerTooLate(this ILogger logger, int messages, string queue, TimeSpan ago);

    [LoggerMessage(86, LogLevel.Warning, "{Missed} have passed that the worker's clock has not seen (a suspended machine, a paused virtual machine): leases that are over are lost")]
    public static partial void ClockMissed(this ILogger logger, TimeSpan missed);
}
