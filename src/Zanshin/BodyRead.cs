namespace Zanshin;

/// <summary>A body that was read before its handler was called, or why it could not be.</summary>
internal sealed record BodyRead(object? Body, UnreadableMessageException? Problem);
