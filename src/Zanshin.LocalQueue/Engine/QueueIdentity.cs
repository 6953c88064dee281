namespace Zanshin.LocalQueue.Engine;

/// <summary>What makes a queue this one and no other: a queue created again under the same name is another.</summary>
/// <param name="Id">Unique in the engine for ever.</param>
/// <param name="Name">Its name, with <c>.fifo</c> where it is one.</param>
/// <param name="Arn">Its Amazon resource name.</param>
/// <param name="Tag">Random; in every receipt handle, so that another queue's handle is not taken for one of ours.</param>
/// <param name="CreatedAt">UTC ticks.</param>
internal sealed record QueueIdentity(long Id, string Name, string Arn, long Tag, long CreatedAt)
{
    internal string Region { get; } = Arn.Split(':')[3];
}
