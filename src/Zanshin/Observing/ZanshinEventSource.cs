using System.Diagnostics.Tracing;

namespace Zanshin.Observing;

/// <summary>
/// The event source <c>Zanshin</c>: the start and the end of every message, so that a tracer outside of the process can
/// tie what it sees to messages. The pair carries an activity id into everything that is started in between.
/// </summary>
[EventSource(Name = "Zanshin")]
internal sealed class ZanshinEventSource : EventSource
{
    public static readonly ZanshinEventSource Source = new();

    [Event(1, Level = EventLevel.Informational, Opcode = EventOpcode.Start, Message = "Message {1} of {0}, attempt {2}")]
    public void MessageStart(string queue, string messageId, int attempt) => WriteEvent(1, queue, messageId, attempt);

    [Event(2, Level = EventLevel.Informational, Opcode = EventOpcode.Stop, Message = "Message {1} of {0}: {2}")]
    public void MessageStop(string queue, string messageId, string verdict) => WriteEvent(2, queue, messageId, verdict);
}
