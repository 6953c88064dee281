namespace Zanshin.LocalQueue.Engine;

/// <summary>Which queues may name this one as their dead-letter queue.</summary>
/// <param name="Permission">All, none, or those in <paramref name="SourceArns"/>.</param>
/// <param name="SourceArns">At most ten.</param>
internal sealed record RedriveAllowPolicy(RedrivePermission Permission, IReadOnlyList<string> SourceArns)
{
    internal bool Allows(string sourceArn) => Permission switch
    {
        RedrivePermission.AllowAll => true,
        RedrivePermission.ByQueue => SourceArns.Contains(sourceArn),
        _ => false,
    };
}
