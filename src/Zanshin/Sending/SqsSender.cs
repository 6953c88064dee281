using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Amazon.SQS.Model;
using Zanshin.Hosting;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Sending;

internal sealed class SqsSender(ZanshinBuilder setup, QueueResolver resolver, SqsClients clients, Surroundings surroundings, Instruments instruments) : ISender
{
    private const int Tries = 5;
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);

    /// <summary>The queues that were sent to, by name. A failed look-up is not kept.</summary>
    private readonly ConcurrentDictionary<string, SqsQueue> _queues = new();
    private readonly QueueCounts _counts = new(instruments);

    public async Task<string> SendAsync<T>(T body, SendOptions? options = null, CancellationToken cancel = default)
    {
        Route<T> route = RouteOf<T>();
        SqsQueue queue = await QueueAsync(route, cancel);
        SendMessageBatchRequestEntry entry = Entry(route, body, options, queue.Facts.Fifo, "0");
        var ids = new string?[1];
        SqsFailure? failure = await SendAsync(queue, [entry], ids, cancel);
        return ids[0] ?? throw new SendFailedException($"The {typeof(T).Name} could not be sent to '{route.Queue}': {failure?.Reason}.", [body]);
    }

    public async Task SendAllAsync<T>(IEnumerable<T> bodies, Func<T, SendOptions?>? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(bodies);
        Route<T> route = RouteOf<T>();
        SqsQueue queue = await QueueAsync(route, cancel);
        List<T> batch = new(SqsLimits.Batch);
        List<SendMessageBatchRequestEntry> entries = new(SqsLimits.Batch);
        List<object?> unsent = [];
        SqsFailure? failure = null;
        int bytes = 0;
        // All are checked before the first is sent: a bad one among them sends none.
        List<(T Body, SendMessageBatchRequestEntry Entry)> all = [.. bodies.Select(body => (body, Entry(route, body, options?.Invoke(body), queue.Facts.Fifo, "0")))];
        foreach ((T body, SendMessageBatchRequestEntry entry) in all)
        {
            int size = Size(entry);
            if (batch.Count == SqsLimits.Batch || bytes + size > SqsLimits.PayloadBytes)
                await FlushAsync();
            // Nothing of a FIFO queue may overtake what could not be sent.
            if (queue.Facts.Fifo && unsent.Count > 0)
            {
                unsent.Add(body);
                continue;
            }
            entry.Id = batch.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
            batch.Add(body);
            entries.Add(entry);
            bytes += size;
        }
        await FlushAsync();
        if (unsent.Count > 0)
            throw new SendFailedException($"{unsent.Count} messages could not be sent to '{route.Queue}': {failure?.Reason}.", unsent);

        async Task FlushAsync()
        {
            if (batch.Count == 0)
                return;
            var ids = new string?[batch.Count];
            failure = await SendAsync(queue, entries, ids, cancel) ?? failure;
            for (int i = 0; i < ids.Length; i++)
            {
                if (ids[i] is null)
                    unsent.Add(batch[i]);
            }
            batch.Clear();
            entries = new(SqsLimits.Batch);
            bytes = 0;
        }
    }

    // Sends what has no id yet, again and again for a few tries. Gives the last failure.
    private async Task<SqsFailure?> SendAsync(SqsQueue queue, List<SendMessageBatchRequestEntry> entries, string?[] ids, CancellationToken cancel)
    {
        SqsFailure? last = null;
        for (int attempt = 1; attempt <= Tries && entries.Count > 0; attempt++)
        {
            cancel.ThrowIfCancellationRequested();
            if (attempt > 1)
                await Task.Delay(TimeSpan.FromMilliseconds(100 * Math.Pow(2, attempt - 2) * (0.5 + surroundings.Dice() / 2)), surroundings.Time, cancel);
            try
            {
                SqsFailure? failure = await queue.SendBatchAsync(entries, ids, CallLimit);
                if (failure is null)
                    return null;
                last = failure;
                if (!failure.Retryable)
                    return last;
            }
            catch (Exception exception)
            {
                last = SqsFailure.Of(exception);
            }
            entries = entries.FindAll(e => ids[int.Parse(e.Id, System.Globalization.CultureInfo.InvariantCulture)] is null);
        }
        return last;
    }

    private Route<T> RouteOf<T>() =>
        (Route<T>?)setup.Routes.Find(static r => r.BodyType == typeof(T))
        ?? throw new InvalidOperationException($"There is no route for {typeof(T).Name}: add z.Route<{typeof(T).Name}>(\"queue\", \"type\", body) to AddZanshin.");

    private async Task<SqsQueue> QueueAsync(Route route, CancellationToken cancel)
    {
        if (!_queues.TryGetValue(route.Queue, out SqsQueue? queue))
        {
            QueueFacts facts = await resolver.ResolveAsync(route.Queue, cancel);
            queue = _queues.GetOrAdd(route.Queue, new SqsQueue(clients.For(route.Queue), facts, surroundings, _counts, CancellationToken.None));
        }
        return queue;
    }

    private SendMessageBatchRequestEntry Entry<T>(Route<T> route, T body, SendOptions? options, bool fifo, string id)
    {
        if (options?.Delay is { } delay && (delay < TimeSpan.Zero || delay > SqsLimits.MaxDelay))
            throw new ArgumentException($"A delay of {delay} is not possible: SQS delays a message by 0 to 15 minutes.", nameof(options));
        if (fifo && options?.Delay > TimeSpan.Zero)
            throw new ArgumentException($"'{route.Queue}' is a FIFO queue: SQS delays its messages by the queue's own delay only.", nameof(options));
        if (fifo && string.IsNullOrEmpty(options?.Group))
            throw new ArgumentException($"'{route.Queue}' is a FIFO queue: give the message a Group, within which order is kept.", nameof(options));
        if (!fifo && options?.DeduplicationId is not null)
            throw new ArgumentException($"'{route.Queue}' is not a FIFO queue: it takes no DeduplicationId.", nameof(options));
        var entry = new SendMessageBatchRequestEntry
        {
            Id = id,
            MessageBody = route.Body.Write(body),
            MessageGroupId = options?.Group,
            MessageDeduplicationId = options?.DeduplicationId,
            MessageAttributes = Attributes(route.Type, options),
        };
        if (options?.Delay is { } seconds)
            entry.DelaySeconds = (int)Math.Ceiling(seconds.TotalSeconds);
        if (entry.MessageAttributes.Count > SqsLimits.Attributes)
            throw new ArgumentException($"The message has {entry.MessageAttributes.Count} attributes, type name and trace included; SQS takes 10.", nameof(options));
        if (Size(entry) is var size and > SqsLimits.PayloadBytes)
            throw new ArgumentException($"The {typeof(T).Name} has {size:N0} bytes; SQS takes 1 MiB, attributes included.", nameof(body));
        return entry;
    }

    private Dictionary<string, MessageAttributeValue> Attributes(string? type, SendOptions? options)
    {
        Dictionary<string, MessageAttributeValue> attributes = [];
        foreach ((string name, string value) in options?.Attributes ?? new Dictionary<string, string>())
            attributes[name] = Text(value);
        if (type is not null)
            attributes[setup.TypeAttribute] = Text(type);
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } trace } && attributes.Count < SqsLimits.Attributes)
            attributes.TryAdd("traceparent", Text(trace));
        return attributes;
    }

    private static MessageAttributeValue Text(string value) => new() { DataType = "String", StringValue = value };

    private static int Size(SendMessageBatchRequestEntry entry) =>
        Encoding.UTF8.GetByteCount(entry.MessageBody)
        + entry.MessageAttributes.Sum(static a => Encoding.UTF8.GetByteCount(a.Key) + a.Value.DataType.Length + Encoding.UTF8.GetByteCount(a.Value.StringValue));
}
