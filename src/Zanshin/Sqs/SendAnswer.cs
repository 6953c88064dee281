using System.Globalization;
using Amazon.SQS.Model;

namespace Zanshin.Sqs;

/// <summary>What became of one entry of a batch that was sent.</summary>
/// <param name="Id">The message id; null when it was not sent.</param>
/// <param name="SequenceNumber">Of a FIFO queue's message.</param>
internal readonly record struct SendAnswer(string? Id, string? SequenceNumber, SqsFailure? Failure)
{
    public static SendAnswer Failed(SqsFailure failure) => new(null, null, failure);

    /// <summary>Reads the answer to a batch whose entries' ids are their places.</summary>
    public static void Read(SendMessageBatchResponse response, SendAnswer[] answers)
    {
        // An entry that the answer does not name has not been confirmed.
        Array.Fill(answers, Failed(new(SqsFailureKind.Server, "the answer does not name the entry")));
        foreach (BatchResultErrorEntry failed in response.Failed ?? [])
        {
            if (Place(failed.Id, answers) is { } i)
                answers[i] = Failed(SqsFailure.Of(failed));
        }
        // One that is named as sent is there, whatever else is said of it.
        foreach (SendMessageBatchResultEntry sent in response.Successful ?? [])
        {
            if (Place(sent.Id, answers) is { } i && !string.IsNullOrEmpty(sent.MessageId))
                answers[i] = new SendAnswer(sent.MessageId, sent.SequenceNumber, null);
        }
    }

    private static int? Place(string? id, SendAnswer[] answers) =>
        int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int i) && i < answers.Length ? i : null;
}
