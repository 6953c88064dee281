namespace Zanshin.LocalQueue.Engine;

/// <summary>Where a message move task stands. Stored by number.</summary>
internal enum MoveStatus
{
    Running,
    Completed,
    Cancelled,
    Failed,
}
