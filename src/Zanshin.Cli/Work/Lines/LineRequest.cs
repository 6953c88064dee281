using System.Globalization;
using Amazon.SQS.Model;

namespace Zanshin.Cli.Work.Lines;

/// <summary>A message as one line of JSON.</summary>
internal sealed record LineRequest(
    string Id, string Queue, string Body, IReadOnlyDictionary<string, string> Attributes, string? Type, string? Group, int Attempt, int ReceiveCount, DateTimeOffset SentAt)
{
    public static LineRequest Of(Message<string> message) => new(
        message.Id,
        message.Queue,
        message.Body,
        message.Attributes.ToDictionary(static a => a.Key, static a => Text(a.Value)),
        message.Type,
        message.Group,
        message.Attempt,
        int.TryParse(message.SystemAttributes.GetValueOrDefault("ApproximateReceiveCount"), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : message.Attempt,
        message.SentAt);

    private static string Text(MessageAttributeValue value) => value.BinaryValue is { } binary ? Convert.ToBase64String(binary.ToArray()) : value.StringValue ?? "";
}
