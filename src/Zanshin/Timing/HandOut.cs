namespace Zanshin.Timing;

/// <summary>What is known of the moment at which SQS handed out the messages of an answer. All moments are on the worker's clock.</summary>
/// <param name="Called">When the receive was called: not before that.</param>
/// <param name="Answered">When the answer was read.</param>
/// <param name="RoundTrip">How long a call takes that does not wait.</param>
/// <param name="Awake">The process is known to have run and read from here to the answer; before it, it may have stood still with the answer at its door.</param>
/// <param name="ByServer">At the earliest and at the latest by the server's own clock; null where it says nothing.</param>
internal readonly record struct HandOut(TimeSpan Called, TimeSpan Answered, TimeSpan RoundTrip, TimeSpan Awake, (TimeSpan From, TimeSpan To)? ByServer);
