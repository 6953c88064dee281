namespace Zanshin.Handling;

/// <summary>Reads the bodies of one handler's messages.</summary>
internal interface IBodyReading
{
    /// <summary>Reads a body before its handler is called. Never throws.</summary>
    BodyRead TryRead(Message message);
}
