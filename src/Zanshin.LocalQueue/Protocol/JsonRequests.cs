using System.Text.Json;
using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Protocol;

/// <summary>Reads each action's JSON. What an action does not know it skips, as SQS does.</summary>
internal static class JsonRequests
{
    internal static SqsRequest Read(string action, ref Utf8JsonReader json) => action switch
    {
        "SendMessage" => Send(ref json),
        "SendMessageBatch" => SendBatch(ref json),
        "ReceiveMessage" => Receive(ref json),
        "DeleteMessage" => Delete(ref json),
        "DeleteMessageBatch" => DeleteBatch(ref json),
        "ChangeMessageVisibility" => Change(ref json),
        "ChangeMessageVisibilityBatch" => ChangeBatch(ref json),
        "CreateQueue" => Create(ref json),
        "DeleteQueue" => OnlyQueue(new DeleteQueue(), ref json),
        "PurgeQueue" => OnlyQueue(new PurgeQueue(), ref json),
        "ListQueues" => List(ref json),
        "GetQueueUrl" => GetUrl(ref json),
        "GetQueueAttributes" => GetAttributes(ref json),
        "SetQueueAttributes" => SetAttributes(ref json),
        "TagQueue" => Tag(ref json),
        "UntagQueue" => Untag(ref json),
        "ListQueueTags" => OnlyQueue(new ListQueueTags(), ref json),
        "AddPermission" => AddPermission(ref json),
        "RemovePermission" => RemovePermission(ref json),
        "ListDeadLetterSourceQueues" => ListSources(ref json),
        "StartMessageMoveTask" => StartMove(ref json),
        "CancelMessageMoveTask" => CancelMove(ref json),
        "ListMessageMoveTasks" => ListMoves(ref json),
        _ => throw new ProtocolException(SqsError.UnknownOperation(action)),
    };

    private static SendMessage Send(ref Utf8JsonReader json)
    {
        var request = new SendMessage();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueUrl"u8)) request.QueueUrl = json.Text();
            else if (!JsonMessages.Member(request.Message, ref json)) json.SkipValue();
        }

        return request;
    }

    private static SendMessageBatch SendBatch(ref Utf8JsonReader json)
    {
        var request = new SendMessageBatch();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueUrl"u8)) request.QueueUrl = json.Text();
            else if (json.ValueTextEquals("Entries"u8)) request.Entries = json.List(JsonMessages.Entry);
            else json.SkipValue();
        }

        return request;
    }

    private static ReceiveMessage Receive(ref Utf8JsonReader json)
    {
        var request = new ReceiveMessage();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueUrl"u8)) request.QueueUrl = json.Text();
            else if (json.ValueTextEquals("MaxNumberOfMessages"u8)) request.MaxNumberOfMessages = json.Integer();
            else if (json.ValueTextEquals("VisibilityTimeout"u8)) request.VisibilityTimeout = json.Integer();
            else if (json.ValueTextEquals("WaitTimeSeconds"u8)) request.WaitTimeSeconds = json.Integer();
            else if (json.ValueTextEquals("ReceiveRequestAttemptId"u8)) request.ReceiveRequestAttemptId = json.Text();
            else if (json.ValueTextEquals("AttributeNames"u8) || json.ValueTextEquals("MessageSystemAttributeNames"u8)) request.SystemAttributeNames.AddRange(json.Texts());
            else if (json.ValueTextEquals("MessageAttributeNames"u8)) request.MessageAttributeNames = json.Texts();
            else json.SkipValue();
        }

        return request;
    }

    private static DeleteMessage Delete(ref Utf8JsonReader json)
    {
        var request = new DeleteMessage();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueUrl"u8)) request.QueueUrl = json.Text();
            else if (json.ValueTextEquals("ReceiptHandle"u8)) request.ReceiptHandle = json.Text();
            else json.SkipValue();
        }

        return request;
    }

    private static DeleteMessageBatch DeleteBatch(ref Utf8JsonReader json)
    {
        var request = new DeleteMessageBatch();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueUrl"u8)) request.QueueUrl = json.Text();
            else if (json.ValueTextEquals("Entries"u8))
            {
                request.Entries = json.List(static (ref json) =>
                {
                    var (id, handle, _) = HandleEntry(ref json);
                    return new DeleteMessageBatch.Entry(id, handle);
                });
            }
            else json.SkipValue();
        }

        return request;
    }

    private static ChangeMessageVisibility Change(ref Utf8JsonReader json)
    {
        var request = new ChangeMessageVisibility();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueUrl"u8)) request.QueueUrl = json.Text();
            else if (json.ValueTextEquals("ReceiptHandle"u8)) request.ReceiptHandle = json.Text();
            else if (json.ValueTextEquals("VisibilityTimeout"u8)) request.VisibilityTimeout = json.Integer();
            else json.SkipValue();
        }

        return request;
    }

    private static ChangeMessageVisibilityBatch ChangeBatch(ref Utf8JsonReader json)
    {
        var request = new ChangeMessageVisibilityBatch();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueUrl"u8)) request.QueueUrl = json.Text();
            else if (json.ValueTextEquals("Entries"u8))
            {
                request.Entries = json.List(static (ref json) =>
                {
                    var (id, handle, timeout) = HandleEntry(ref json);
                    return new ChangeMessageVisibilityBatch.Entry(id, handle, timeout);
                });
            }
            else json.SkipValue();
        }

        return request;
    }

    private static (string? Id, string? Handle, int? Timeout) HandleEntry(ref Utf8JsonReader json)
    {
        (string? Id, string? Handle, int? Timeout) entry = default;
        json.InObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("Id"u8)) entry.Id = json.Text();
            else if (json.ValueTextEquals("ReceiptHandle"u8)) entry.Handle = json.Text();
            else if (json.ValueTextEquals("VisibilityTimeout"u8)) entry.Timeout = json.Integer();
            else json.SkipValue();
        }

        return entry;
    }

    private static CreateQueue Create(ref Utf8JsonReader json)
    {
        var request = new CreateQueue();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueName"u8)) request.QueueName = json.Text();
            else if (json.ValueTextEquals("Attributes"u8)) request.Attributes = json.Map();
            // The service's model spells it so, here and nowhere else.
            else if (json.ValueTextEquals("tags"u8) || json.ValueTextEquals("Tags"u8)) request.Tags = json.Map();
            else json.SkipValue();
        }

        return request;
    }

    private static TagQueue Tag(ref Utf8JsonReader json)
    {
        var request = new TagQueue();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueUrl"u8)) request.QueueUrl = json.Text();
            else if (json.ValueTextEquals("Tags"u8)) request.Tags = json.Map();
            else json.SkipValue();
        }

        return request;
    }

    private static UntagQueue Untag(ref Utf8JsonReader json)
    {
        var request = new UntagQueue();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueUrl"u8)) request.QueueUrl = json.Text();
            else if (json.ValueTextEquals("TagKeys"u8)) request.TagKeys = json.Texts();
            else json.SkipValue();
        }

        return request;
    }

    private static AddPermission AddPermission(ref Utf8JsonReader json)
    {
        var request = new AddPermission();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueUrl"u8)) request.QueueUrl = json.Text();
            else if (json.ValueTextEquals("Label"u8)) request.Label = json.Text();
            else if (json.ValueTextEquals("AWSAccountIds"u8)) request.AWSAccountIds = json.Texts();
            else if (json.ValueTextEquals("Actions"u8)) request.Actions = json.Texts();
            else json.SkipValue();
        }

        return request;
    }

    private static RemovePermission RemovePermission(ref Utf8JsonReader json)
    {
        var request = new RemovePermission();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueUrl"u8)) request.QueueUrl = json.Text();
            else if (json.ValueTextEquals("Label"u8)) request.Label = json.Text();
            else json.SkipValue();
        }

        return request;
    }

    private static ListDeadLetterSourceQueues ListSources(ref Utf8JsonReader json)
    {
        var request = new ListDeadLetterSourceQueues();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueUrl"u8)) request.QueueUrl = json.Text();
            else if (json.ValueTextEquals("MaxResults"u8)) request.MaxResults = json.Integer();
            else if (json.ValueTextEquals("NextToken"u8)) request.NextToken = json.Text();
            else json.SkipValue();
        }

        return request;
    }

    private static StartMessageMoveTask StartMove(ref Utf8JsonReader json)
    {
        var request = new StartMessageMoveTask();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("SourceArn"u8)) request.SourceArn = json.Text();
            else if (json.ValueTextEquals("DestinationArn"u8)) request.DestinationArn = json.Text();
            else if (json.ValueTextEquals("MaxNumberOfMessagesPerSecond"u8)) request.MaxNumberOfMessagesPerSecond = json.Integer();
            else json.SkipValue();
        }

        return request;
    }

    private static CancelMessageMoveTask CancelMove(ref Utf8JsonReader json)
    {
        var request = new CancelMessageMoveTask();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("TaskHandle"u8)) request.TaskHandle = json.Text();
            else json.SkipValue();
        }

        return request;
    }

    private static ListMessageMoveTasks ListMoves(ref Utf8JsonReader json)
    {
        var request = new ListMessageMoveTasks();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("SourceArn"u8)) request.SourceArn = json.Text();
            else if (json.ValueTextEquals("MaxResults"u8)) request.MaxResults = json.Integer();
            else json.SkipValue();
        }

        return request;
    }

    private static T OnlyQueue<T>(T request, ref Utf8JsonReader json)
        where T : QueueRequest
    {
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueUrl"u8)) request.QueueUrl = json.Text();
            else json.SkipValue();
        }

        return request;
    }

    private static ListQueues List(ref Utf8JsonReader json)
    {
        var request = new ListQueues();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueNamePrefix"u8)) request.QueueNamePrefix = json.Text();
            else if (json.ValueTextEquals("MaxResults"u8)) request.MaxResults = json.Integer();
            else if (json.ValueTextEquals("NextToken"u8)) request.NextToken = json.Text();
            else json.SkipValue();
        }

        return request;
    }

    private static GetQueueUrl GetUrl(ref Utf8JsonReader json)
    {
        var request = new GetQueueUrl();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueName"u8)) request.QueueName = json.Text();
            else if (json.ValueTextEquals("QueueOwnerAWSAccountId"u8)) request.QueueOwnerAWSAccountId = json.Text();
            else json.SkipValue();
        }

        return request;
    }

    private static GetQueueAttributes GetAttributes(ref Utf8JsonReader json)
    {
        var request = new GetQueueAttributes();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueUrl"u8)) request.QueueUrl = json.Text();
            else if (json.ValueTextEquals("AttributeNames"u8)) request.AttributeNames = json.Texts();
            else json.SkipValue();
        }

        return request;
    }

    private static SetQueueAttributes SetAttributes(ref Utf8JsonReader json)
    {
        var request = new SetQueueAttributes();
        json.EnterObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("QueueUrl"u8)) request.QueueUrl = json.Text();
            else if (json.ValueTextEquals("Attributes"u8)) request.Attributes = json.Map();
            else json.SkipValue();
        }

        return request;
    }
}
