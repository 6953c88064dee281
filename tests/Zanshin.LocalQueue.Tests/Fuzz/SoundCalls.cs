namespace Zanshin.LocalQueue.Tests.Fuzz;

/// <summary>A sound call of every action in both protocols, for mutations to begin with. <c>HANDLE</c> stands for a real receipt handle.</summary>
internal static class SoundCalls
{
    private const string Url = "http://sqs.test/000000000000/q";
    private const string Arn = "arn:aws:sqs:us-east-1:000000000000:q";

    internal static readonly (string Action, string Json)[] Json =
    [
        ("CreateQueue", """{"QueueName":"q","Attributes":{"VisibilityTimeout":"30","DelaySeconds":"0","RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dead\",\"maxReceiveCount\":\"3\"}"},"tags":{"a":"b"}}"""),
        ("SetQueueAttributes", """{"QueueUrl":"http://sqs.test/000000000000/q","Attributes":{"MessageRetentionPeriod":"3600","Policy":"{\"Version\":\"2012-10-17\",\"Statement\":[]}","RedriveAllowPolicy":"{\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":[\"arn:aws:sqs:us-east-1:000000000000:q\"]}"}}"""),
        ("GetQueueAttributes", """{"QueueUrl":"http://sqs.test/000000000000/q","AttributeNames":["All","QueueArn"]}"""),
        ("GetQueueUrl", """{"QueueName":"q","QueueOwnerAWSAccountId":"000000000000"}"""),
        ("ListQueues", """{"QueueNamePrefix":"q","MaxResults":1,"NextToken":"cQ=="}"""),
        ("ListDeadLetterSourceQueues", """{"QueueUrl":"http://sqs.test/000000000000/q","MaxResults":1,"NextToken":"cQ=="}"""),
        ("SendMessage", """{"QueueUrl":"http://sqs.test/000000000000/q","MessageBody":"b","DelaySeconds":0,"MessageGroupId":"g","MessageAttributes":{"n":{"DataType":"Number","StringValue":"1"},"b":{"DataType":"Binary","BinaryValue":"AAEC"}},"MessageSystemAttributes":{"AWSTraceHeader":{"DataType":"String","StringValue":"Root=1-5759e988-bd862e3fe1be46a994272793"}}}"""),
        ("SendMessage", """{"QueueUrl":"http://sqs.test/000000000000/q.fifo","MessageBody":"b","MessageGroupId":"g","MessageDeduplicationId":"d"}"""),
        ("SendMessageBatch", """{"QueueUrl":"http://sqs.test/000000000000/q","Entries":[{"Id":"0","MessageBody":"b","MessageAttributes":{"s":{"DataType":"String.x","StringValue":"1"}}},{"Id":"1","MessageBody":"c","DelaySeconds":1}]}"""),
        ("ReceiveMessage", """{"QueueUrl":"http://sqs.test/000000000000/q","MaxNumberOfMessages":10,"VisibilityTimeout":0,"WaitTimeSeconds":0,"AttributeNames":["All"],"MessageSystemAttributeNames":["SentTimestamp"],"MessageAttributeNames":["a.*"]}"""),
        ("ReceiveMessage", """{"QueueUrl":"http://sqs.test/000000000000/q.fifo","ReceiveRequestAttemptId":"a","WaitTimeSeconds":1}"""),
        ("DeleteMessage", """{"QueueUrl":"http://sqs.test/000000000000/q","ReceiptHandle":"HANDLE"}"""),
        ("DeleteMessageBatch", """{"QueueUrl":"http://sqs.test/000000000000/q","Entries":[{"Id":"0","ReceiptHandle":"HANDLE"},{"Id":"1","ReceiptHandle":"x"}]}"""),
        ("ChangeMessageVisibility", """{"QueueUrl":"http://sqs.test/000000000000/q","ReceiptHandle":"HANDLE","VisibilityTimeout":1}"""),
        ("ChangeMessageVisibilityBatch", """{"QueueUrl":"http://sqs.test/000000000000/q","Entries":[{"Id":"0","ReceiptHandle":"HANDLE","VisibilityTimeout":1}]}"""),
        ("PurgeQueue", """{"QueueUrl":"http://sqs.test/000000000000/q"}"""),
        ("TagQueue", """{"QueueUrl":"http://sqs.test/000000000000/q","Tags":{"a":"b"}}"""),
        ("UntagQueue", """{"QueueUrl":"http://sqs.test/000000000000/q","TagKeys":["a"]}"""),
        ("ListQueueTags", """{"QueueUrl":"http://sqs.test/000000000000/q"}"""),
        ("AddPermission", """{"QueueUrl":"http://sqs.test/000000000000/q","Label":"l","AWSAccountIds":["123456789012"],"Actions":["SendMessage"]}"""),
        ("RemovePermission", """{"QueueUrl":"http://sqs.test/000000000000/q","Label":"l"}"""),
        ("StartMessageMoveTask", """{"SourceArn":"arn:aws:sqs:us-east-1:000000000000:q","DestinationArn":"arn:aws:sqs:us-east-1:000000000000:q","MaxNumberOfMessagesPerSecond":5}"""),
        ("CancelMessageMoveTask", """{"TaskHandle":"eyJ0YXNrSWQiOiJ4In0="}"""),
        ("ListMessageMoveTasks", """{"SourceArn":"arn:aws:sqs:us-east-1:000000000000:q","MaxResults":1}"""),
        ("DeleteQueue", """{"QueueUrl":"http://sqs.test/000000000000/q"}"""),
    ];

    internal static readonly string[] Forms =
    [
        "Action=CreateQueue&QueueName=q&Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=30&Tag.1.Key=a&Tag.1.Value=b",
        $"Action=SetQueueAttributes&QueueUrl={Url}&Attribute.1.Name=Policy&Attribute.1.Value=%7B%7D",
        $"Action=GetQueueAttributes&QueueUrl={Url}&AttributeName.1=All",
        "Action=GetQueueUrl&QueueName=q",
        "Action=ListQueues&QueueNamePrefix=q&MaxResults=1&NextToken=cQ%3D%3D",
        $"Action=SendMessage&QueueUrl={Url}&MessageBody=b%0D%C3%A9&MessageAttribute.1.Name=n&MessageAttribute.1.Value.DataType=Number&MessageAttribute.1.Value.StringValue=1",
        $"Action=SendMessageBatch&QueueUrl={Url}&SendMessageBatchRequestEntry.1.Id=0&SendMessageBatchRequestEntry.1.MessageBody=b&SendMessageBatchRequestEntry.2.Id=1&SendMessageBatchRequestEntry.2.MessageBody=c",
        $"Action=ReceiveMessage&QueueUrl={Url}&MaxNumberOfMessages=10&AttributeName.1=All&MessageAttributeName.1=All&VisibilityTimeout=0",
        $"Action=DeleteMessage&QueueUrl={Url}&ReceiptHandle=HANDLE",
        $"Action=DeleteMessageBatch&QueueUrl={Url}&DeleteMessageBatchRequestEntry.1.Id=0&DeleteMessageBatchRequestEntry.1.ReceiptHandle=HANDLE",
        $"Action=ChangeMessageVisibility&QueueUrl={Url}&ReceiptHandle=HANDLE&VisibilityTimeout=1",
        $"Action=ChangeMessageVisibilityBatch&QueueUrl={Url}&ChangeMessageVisibilityBatchRequestEntry.1.Id=0&ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle=HANDLE&ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout=1",
        $"Action=PurgeQueue&QueueUrl={Url}",
        $"Action=TagQueue&QueueUrl={Url}&Tag.1.Key=a&Tag.1.Value=b",
        $"Action=UntagQueue&QueueUrl={Url}&TagKey.1=a",
        $"Action=ListQueueTags&QueueUrl={Url}",
        $"Action=AddPermission&QueueUrl={Url}&Label=l&AWSAccountId.1=123456789012&ActionName.1=SendMessage",
        $"Action=RemovePermission&QueueUrl={Url}&Label=l",
        $"Action=ListDeadLetterSourceQueues&QueueUrl={Url}",
        $"Action=StartMessageMoveTask&SourceArn={Arn}&MaxNumberOfMessagesPerSecond=5",
        "Action=CancelMessageMoveTask&TaskHandle=x",
        $"Action=ListMessageMoveTasks&SourceArn={Arn}",
        $"Action=DeleteQueue&QueueUrl={Url}",
    ];
}
