namespace Zanshin.LocalQueue;

/// <summary>When the queue answered a call. Written once, before the answer goes its way.</summary>
internal sealed class AnswerTime
{
    internal DateTimeOffset At { get; set; }
}
