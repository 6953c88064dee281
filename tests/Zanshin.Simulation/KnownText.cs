namespace Zanshin.Simulation;

/// <summary>Reads a batch's bodies, but for those of the unknown type: batches have one handler whatever the types.</summary>
internal sealed class KnownText : BodyReader<string>
{
    public override string Read(Message message) => message.Type == PlannedQueue.UnknownType ? throw new FormatException("drawn") : message.Text;

    public override string Write(string body) => body;
}
