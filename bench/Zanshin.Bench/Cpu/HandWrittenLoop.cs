using System.Globalization;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace Zanshin.Bench.Cpu;

/// <summary>
/// The baseline: what one writes on an afternoon. Receives ten, deletes those ten, and again; no handler, no leases, no errors,
/// nothing at once.
/// </summary>
internal static class HandWrittenLoop
{
    /// <param name="attributes">Whether it asks for all attributes of a message, as the worker does, or for none.</param>
    /// <param name="received">Called with the number of messages of each receive; false ends the loop.</param>
    public static async Task RunAsync(IAmazonSQS client, string url, bool attributes, Func<int, bool> received)
    {
        List<string>? all = attributes ? ["All"] : null;
        while (true)
        {
            ReceiveMessageResponse answer = await client.ReceiveMessageAsync(new ReceiveMessageRequest
            {
                QueueUrl = url,
                MaxNumberOfMessages = 10,
                WaitTimeSeconds = 20,
                MessageSystemAttributeNames = all,
                MessageAttributeNames = all,
            });
            if (answer.Messages is not { Count: > 0 } messages)
                continue;
            var entries = new List<DeleteMessageBatchRequestEntry>(messages.Count);
            for (int i = 0; i < messages.Count; i++)
                entries.Add(new(i.ToString(CultureInfo.InvariantCulture), messages[i].ReceiptHandle));
            DeleteMessageBatchResponse deleted = await client.DeleteMessageBatchAsync(new DeleteMessageBatchRequest { QueueUrl = url, Entries = entries });
            if (deleted.Failed is { Count: > 0 })
                throw new InvalidOperationException("A delete failed.");
            if (!received(messages.Count))
                return;
        }
    }
}
