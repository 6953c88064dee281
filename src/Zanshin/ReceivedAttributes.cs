using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Amazon.SQS.Model;

namespace Zanshin;

/// <summary>
/// The attributes of a received message, as handlers and middleware see them: each look gives a value of its own, with a new stream over the bytes that came.
/// So nothing that one run does to a value (reads, closes or replaces it) is seen by the next, nor by the copy in the dead-letter queue. Thread-safe.
/// </summary>
/// <param name="received">Nobody else changes it.</param>
internal sealed class ReceivedAttributes(IReadOnlyDictionary<string, MessageAttributeValue> received) : IReadOnlyDictionary<string, MessageAttributeValue>
{
    public static ReceivedAttributes None { get; } = new(new Dictionary<string, MessageAttributeValue>());

    public IEnumerable<string> Keys => received.Keys;

    public IEnumerable<MessageAttributeValue> Values => received.Values.Select(Fresh);

    public int Count => received.Count;

    public MessageAttributeValue this[string key] => Fresh(received[key]);

    public bool ContainsKey(string key) => received.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out MessageAttributeValue value)
    {
        if (!received.TryGetValue(key, out value))
            return false;
        value = Fresh(value);
        return true;
    }

    public IEnumerator<KeyValuePair<string, MessageAttributeValue>> GetEnumerator() => received.Select(static a => KeyValuePair.Create(a.Key, Fresh(a.Value))).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>What an envelope gave, read once: it may keep what it gave, and change it.</summary>
    public static ReceivedAttributes Of(IReadOnlyDictionary<string, MessageAttributeValue> attributes) =>
        attributes as ReceivedAttributes ?? new ReceivedAttributes(attributes.ToDictionary(static a => a.Key, static a => Fresh(a.Value)));

    // A stream that was read or closed still has all its bytes for ToArray.
    private static MessageAttributeValue Fresh(MessageAttributeValue value) => value is null ? null! : new()
    {
        DataType = value.DataType,
        StringValue = value.StringValue,
        BinaryValue = value.BinaryValue is { } bytes ? new MemoryStream(bytes.ToArray(), writable: false) : null,
        StringListValues = value.StringListValues is { } texts ? [.. texts] : null,
        BinaryListValues = value.BinaryListValues is { } binaries ? binaries.ConvertAll(static b => new MemoryStream(b.ToArray(), writable: false)) : null,
    };
}
