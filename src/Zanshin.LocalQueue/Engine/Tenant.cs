namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// The messages of a standard queue that have one MessageGroupId: to SQS, one of those who share the queue. Exists only while it has
/// messages, so tenants do not pile up.
/// </summary>
internal sealed class Tenant(string id) : MessageGroup(id)
{
    /// <summary>How many messages it has in the queue, in any state.</summary>
    internal int Messages;

    internal long LastSentAt;

    /// <summary>How long its messages were in flight of late; forgotten when none waits.</summary>
    internal RecentTime Time;

    /// <summary>It is among the noisy ones.</summary>
    internal bool Noisy;

    internal int QuietPlace = -1;

    /// <summary>Orders tenants by how long their first message has been ready.</summary>
    internal readonly struct ByTurn : IHeapOrder<Tenant>
    {
        public static long Due(Tenant item) => item.Waiting.First!.Turn;

        public static long Tie(Tenant item) => 0;

        public static ref int Place(Tenant item) => ref item.QuietPlace;
    }
}
