namespace Zanshin.Sqs;

/// <summary>What became of one entry of a batch that was sent.</summary>
/// <param name="Id">The message id; null when it was not sent.</param>
/// <param name="SequenceNumber">Of a FIFO queue's message.</param>
internal readonly record struct SendAnswer(string? Id, string? SequenceNumber, SqsFailure? Failure)
{
    public static SendAnswer Failed(SqsFailure failure) => new(null, null, failure);
}
