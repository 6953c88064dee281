using System.Globalization;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Cli.Sqs;

/// <summary>What SQS tells of a received message beside its content.</summary>
internal static class Received
{
    public static int? Count(SqsMessage message) =>
        int.TryParse(message.Attributes?.GetValueOrDefault("ApproximateReceiveCount"), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : null;

    /// <summary>Whether the next receive sends it to the dead-letter queue instead.</summary>
    public static bool IsItsLast(SqsMessage message, QueueFacts facts) =>
        facts.DeadLetterArn is not null && facts.MaxReceives is { } max && Count(message) >= max;
}
