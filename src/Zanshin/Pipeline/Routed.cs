using Zanshin.Handling;

namespace Zanshin.Pipeline;

/// <summary>What is known of a message before it is run: what it says, and whose it is.</summary>
/// <param name="Content">Out of its envelope, where it could be opened.</param>
/// <param name="Handler">Null for a batch, and where there is a problem.</param>
/// <param name="Options">Those of its handler, single or batch; null where there is a problem.</param>
/// <param name="Problem">Why it cannot be given to a handler.</param>
internal sealed record Routed(EnvelopeContent Content, HandlerEntry? Handler, HandlerBuilder? Options, UnreadableMessageException? Problem)
{
    /// <summary>Who reads its body; null where nobody can be given it.</summary>
    public IBodyReading? Reading { get; init; } = Handler;

    /// <summary>Reads its body before its handler is called; null where nobody can be given it.</summary>
    public BodyRead? TryRead(Message message) => Reading?.TryRead(message);
}
