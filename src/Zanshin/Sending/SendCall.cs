using System.Globalization;
using System.Net;
using Amazon.Runtime;
using Amazon.SQS.Model;
using Zanshin.Sqs;

namespace Zanshin.Sending;

/// <summary>Sends one batch, whose entries' ids are their places in <paramref name="answers"/>, and fills these.</summary>
internal delegate Task SendBatch(List<SendMessageBatchRequestEntry> entries, SendAnswer[] answers, CancellationToken cancel);

/// <summary>One call with a batch.</summary>
internal static class SendCall
{
    /// <summary>SQS may have taken what was in the call.</summary>
    private static readonly SqsFailure Abandoned = new(SqsFailureKind.NoAnswer, "the call was cancelled before its answer came: SQS may have the message");

    /// <summary>Leaves in each message its answer. Never throws.</summary>
    public static async Task<SendCallEnd> RunAsync<T>(SendBatch send, List<T> batch, CancellationToken cancel)
        where T : Queued
    {
        var answers = new SendAnswer[batch.Count];
        SendCallEnd end = SendCallEnd.Answered;
        try
        {
            for (int i = 0; i < batch.Count; i++)
                batch[i].Message.Entry.Id = i.ToString(CultureInfo.InvariantCulture);
            await send(batch.ConvertAll(static b => b.Message.Entry), answers, cancel);
        }
        catch (Exception exception)
        {
            SqsFailure failure = cancel.IsCancellationRequested ? Abandoned : SqsFailure.Of(exception);
            end = SendCallEnd.Failed;
            if (IsAboutMessages(failure, exception))
                (failure, end) = (failure with { Kind = SqsFailureKind.Refused }, SendCallEnd.Refused);
            Array.Fill(answers, SendAnswer.Failed(failure));
        }
        for (int i = 0; i < answers.Length; i++)
            batch[i].Message.Answer = answers[i];
        return end;
    }

    /// <summary>Whether a refused call says something of its messages, and not of the queue, its key or who asks.</summary>
    private static bool IsAboutMessages(SqsFailure failure, Exception exception) => failure.Kind == SqsFailureKind.Server
        && exception is AmazonServiceException { StatusCode: HttpStatusCode.BadRequest } service
        && service.ErrorCode?.Contains("Kms", StringComparison.OrdinalIgnoreCase) != true;
}
