using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>Everything that is checked of a message before the queue sees it.</summary>
internal static class MessageChecks
{
    private const int IdLength = 128;
    private const int LongestTrace = 1024;
    private const string NotForThisType = "The request include parameter that is not valid for this queue type.";

    private static readonly SearchValues<char> IdCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

    private static readonly SearchValues<byte> Forbidden = SearchValues.Create([.. Enumerable.Range(0, 32).Except([9, 10, 13]).Select(i => (byte)i)]);

    /// <summary>Size as SQS counts it: body, and names, types and values of attributes.</summary>
    internal static long Size(MessageInput input)
    {
        long size = input.Body?.Length ?? 0;
        foreach (var a in input.Attributes)
        {
            size += Encoding.UTF8.GetByteCount(a.Name) + Encoding.UTF8.GetByteCount(a.DataType ?? "") + (a.StringValue?.Length ?? 0) + (a.BinaryValue?.Length ?? 0);
        }

        return size;
    }

    internal static (OutgoingMessage?, SqsError?) Check(MessageInput input, MessageQueue queue, string? traceOfCall = null)
    {
        var settings = queue.Settings;
        if (input.BodyIsNotText) return (null, SqsError.Contents());
        if (input.Body is not { Length: > 0 } body) return (null, SqsError.Missing("MessageBody"));
        if (Size(input) > settings.MaximumMessageSize)
        {
            return (null, SqsError.Invalid($"One or more parameters are invalid. Reason: Message must be shorter than {settings.MaximumMessageSize} bytes."));
        }

        if (!IsAllowed(body)) return (null, SqsError.Contents());
        var deduplicationId = input.DeduplicationId;
        if (Delay(input, queue) is { } badDelay) return (null, badDelay);
        if (Ids(input, queue, settings, ref deduplicationId) is { } badId) return (null, badId);
        var (attributes, badAttribute) = AttributeChecks.Check(input.Attributes);
        if (attributes is null) return (null, badAttribute);
        var (trace, badTrace) = AttributeChecks.TraceHeader(input.SystemAttributes);
        if (badTrace is not null) return (null, badTrace);
        return (new OutgoingMessage
        {
            Body = body,
            BodyMd5 = Md5Digest.Of(body),
            Attributes = attributes,
            AttributesMd5 = AttributeDigest.Of(attributes),
            TraceHeader = trace?.Text ?? (traceOfCall is { Length: > 0 and <= LongestTrace } ? traceOfCall : null),
            SystemAttributesMd5 = trace is null ? null : AttributeDigest.Of([trace.Value.Attribute]),
            GroupId = input.GroupId,
            DeduplicationId = deduplicationId,
            DelayTicks = queue.Fifo ? null : input.DelaySeconds * TimeSpan.TicksPerSecond,
        }, null);
    }

    /// <summary>#x9, #xA, #xD, #x20 to #xD7FF, #xE000 to #xFFFD, and all beyond the basic plane.</summary>
    internal static bool IsAllowed(ReadOnlySpan<byte> utf8) =>
        !utf8.ContainsAny(Forbidden) && utf8.IndexOf("\uFFFE"u8) < 0 && utf8.IndexOf("\uFFFF"u8) < 0;

    private static SqsError? Delay(MessageInput input, MessageQueue queue)
    {
        if (input.DelaySeconds is not { } delay) return null;
        if (delay is < 0 or > SqsLimits.DelaySeconds)
        {
            return SqsError.Invalid("DelaySeconds", delay, $"DelaySeconds must be >= 0 and <= {SqsLimits.DelaySeconds}.");
        }

        // A FIFO queue delays all or none; a 0 says nothing new and is let through.
        return queue.Fifo && delay > 0 ? SqsError.Invalid("DelaySeconds", delay, NotForThisType) : null;
    }

    private static SqsError? Ids(MessageInput input, MessageQueue queue, QueueSettings settings, ref string? deduplicationId)
    {
        if (input.GroupId is { } group && !IsId(group)) return BadId("MessageGroupId", group);
        if (deduplicationId is not null && !IsId(deduplicationId)) return BadId("MessageDeduplicationId", deduplicationId);
        if (!queue.Fifo)
        {
            // A group id on a standard queue asks for fair queueing and is passed on.
            return deduplicationId is null ? null : SqsError.Invalid("MessageDeduplicationId", deduplicationId, NotForThisType);
        }

        if (input.GroupId is null) return SqsError.Missing("MessageGroupId");
        if (deduplicationId is not null) return null;
        if (!settings.ContentBasedDeduplication) return SqsError.NoDeduplicationId();
        deduplicationId = Convert.ToHexStringLower(SHA256.HashData(input.Body!));
        return null;
    }

    /// <summary>What an entry of a batch lacks that its FIFO queue needs of each: SQS refuses the whole batch then, and with another code than a single message.</summary>
    internal static SqsError? MissingId(MessageInput entry, MessageQueue queue)
    {
        if (!queue.Fifo) return null;
        if (entry.GroupId is null) return SqsError.Invalid(SqsError.Missing("MessageGroupId").Message);
        return entry.DeduplicationId is null && !queue.Settings.ContentBasedDeduplication ? SqsError.NoDeduplicationId() : null;
    }

    /// <summary>Group, deduplication and receive attempt ids: 1 to 128 letters, digits and ASCII punctuation.</summary>
    internal static bool IsId(string id) => id.Length is > 0 and <= IdLength && !id.AsSpan().ContainsAnyExcept(IdCharacters);

    internal static SqsError BadId(string parameter, string id) =>
        SqsError.Invalid(parameter, id, $"{parameter} can only include alphanumeric and punctuation characters. 1 to {IdLength} in length.");
}
