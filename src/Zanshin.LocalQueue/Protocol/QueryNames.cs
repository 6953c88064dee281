using System.Collections.Frozen;

namespace Zanshin.LocalQueue.Protocol;

/// <summary>
/// What the Query protocol calls the members that the JSON protocol has too: <c>Attribute.1.Name=a&amp;Attribute.1.Value=b</c> is
/// <c>"Attributes":{"a":"b"}</c>. Whatever is not here has the same name in both.
/// </summary>
internal static class QueryNames
{
    internal static readonly FrozenDictionary<string, Many> InRequests = new Dictionary<string, Many>
    {
        ["Attribute"] = new("Attributes", "Name"),
        ["MessageAttribute"] = new("MessageAttributes", "Name"),
        ["MessageSystemAttribute"] = new("MessageSystemAttributes", "Name"),
        ["Tag"] = new("Tags", "Key"),
        ["TagKey"] = new("TagKeys"),
        ["AttributeName"] = new("AttributeNames"),
        ["MessageAttributeName"] = new("MessageAttributeNames"),
        ["MessageSystemAttributeName"] = new("MessageSystemAttributeNames"),
        ["AWSAccountId"] = new("AWSAccountIds"),
        ["ActionName"] = new("Actions"),
        ["SendMessageBatchRequestEntry"] = new("Entries"),
        ["DeleteMessageBatchRequestEntry"] = new("Entries"),
        ["ChangeMessageVisibilityBatchRequestEntry"] = new("Entries"),
        // Some old clients send an empty list under the name that it has elsewhere.
        ["Attributes"] = new("Attributes", "Name"),
        ["MessageAttributes"] = new("MessageAttributes", "Name"),
        ["MessageSystemAttributes"] = new("MessageSystemAttributes", "Name"),
        ["Tags"] = new("Tags", "Key"),
        ["TagKeys"] = new("TagKeys"),
        ["AttributeNames"] = new("AttributeNames"),
        ["MessageAttributeNames"] = new("MessageAttributeNames"),
        ["MessageSystemAttributeNames"] = new("MessageSystemAttributeNames"),
        ["AWSAccountIds"] = new("AWSAccountIds"),
        ["Actions"] = new("Actions"),
        ["Entries"] = new("Entries"),
    }.ToFrozenDictionary();

    internal static readonly FrozenDictionary<string, Many> InResponses = new Dictionary<string, Many>
    {
        ["Attributes"] = new("Attribute", "Name"),
        ["MessageAttributes"] = new("MessageAttribute", "Name"),
        ["Tags"] = new("Tag", "Key"),
        ["Messages"] = new("Message"),
        ["QueueUrls"] = new("QueueUrl"),
        ["queueUrls"] = new("QueueUrl"),
        ["Failed"] = new("BatchResultErrorEntry"),
    }.ToFrozenDictionary();

    /// <summary>The members whose values are numbers in JSON.</summary>
    internal static readonly FrozenSet<string> Numbers = FrozenSet.Create(
        "DelaySeconds", "VisibilityTimeout", "WaitTimeSeconds", "MaxNumberOfMessages", "MaxResults", "MaxNumberOfMessagesPerSecond");

    /// <summary>A member that there may be many of.</summary>
    /// <param name="Name">Its name in the other protocol.</param>
    /// <param name="Key">For a map: what the Query protocol calls the key, beside <c>Value</c>.</param>
    internal readonly record struct Many(string Name, string? Key = null);
}
