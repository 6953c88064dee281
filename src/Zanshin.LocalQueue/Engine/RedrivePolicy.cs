namespace Zanshin.LocalQueue.Engine;

/// <summary>A message received <paramref name="MaxReceiveCount"/> times goes to <paramref name="TargetQueue"/> instead of being received again.</summary>
internal sealed record RedrivePolicy(string TargetArn, string TargetQueue, int MaxReceiveCount);
