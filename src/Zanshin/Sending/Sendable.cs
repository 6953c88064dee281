using Amazon.SQS.Model;
using Zanshin.Sqs;

namespace Zanshin.Sending;

/// <summary>One message, ready to be sent, and then what became of it. Owned by whoever sends it.</summary>
internal class Sendable(SendMessageBatchRequestEntry? entry, long size)
{
    private static readonly SqsFailure NotTried = new(SqsFailureKind.Unexpected, "not tried");

    /// <summary>A send middleware has withheld it: there is nothing to send.</summary>
    public bool Withheld => entry is null;

    public SendMessageBatchRequestEntry Entry => entry ?? throw new InvalidOperationException("A withheld message has no entry.");

    public long Size => size;

    public SendAnswer Answer { get; set; } = SendAnswer.Failed(NotTried);

    public bool Failed => !Withheld && Answer.Id is null;
}
