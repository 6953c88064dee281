namespace Zanshin.Cli.Sqs;

/// <summary>As SQS reads it.</summary>
internal sealed record RedrivePolicy(string DeadLetterTargetArn, int MaxReceiveCount);
