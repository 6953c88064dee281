using System.Collections.Concurrent;
using Amazon.SQS.Model;
using Zanshin.Pipeline;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Sending;

/// <summary>
/// From a body to a message that SQS takes, in this order:
/// <list type="number">
/// <item>its queue is found, its body <b>written</b>, its options and attributes laid out;</item>
/// <item>it passes the send <b>middleware</b>: the sender's, then the route's;</item>
/// <item>it is <b>checked</b>;</item>
/// <item>what goes <b>along</b> is added: due time, ambient values, trace context.</item>
/// </list>
/// Thread-safe.
/// </summary>
internal sealed class Preparation(ZanshinBuilder setup, SendQueues queues, Surroundings surroundings)
{
    /// <summary>By route, composed when it is first sent along; null where it has none.</summary>
    private readonly ConcurrentDictionary<Route, SendDelegate?> _middleware = new();

    public async ValueTask<Draft> PrepareAsync<T>(Route<T> route, T body, SendOptions? options, SendTrace trace, IServiceProvider services, CancellationToken cancel)
    {
        try
        {
            return await ReadyAsync(route, body, options, trace, services, cancel);
        }
        catch (Exception exception)
        {
            trace.Failed(exception);
            throw;
        }
    }

    private async ValueTask<Draft> ReadyAsync<T>(Route<T> route, T body, SendOptions? options, SendTrace trace, IServiceProvider services, CancellationToken cancel)
    {
        string name = options?.Queue ?? route.Queue;
        SqsQueue queue = await FindAsync(name, body, cancel);
        var message = new Outgoing(body, route.Body.Write(body), route.Type, name, queue.Facts.Fifo, services)
        {
            Delay = Delay(options),
            Group = options?.Group,
            DeduplicationId = options?.DeduplicationId,
        };
        LayOut(message, options);
        if (_middleware.GetOrAdd(route, Compose) is { } first)
        {
            await first(message, cancel);
            if (!message.Accepted)
                return new Draft(name, queue, null, 0);
        }
        if (SendChecks.Message(message) is { } problem)
            throw new ArgumentException(problem, nameof(options));
        bool carries = setup.CarriesLongDelays || route.Options is { CarriesLongDelays: true };
        return Entry(message, queue, typeof(T).Name, carries, trace);
    }

    private async ValueTask<SqsQueue> FindAsync<T>(string name, T body, CancellationToken cancel)
    {
        try
        {
            return await queues.FindAsync(name, cancel);
        }
        catch (QueueUnknownException unknown)
        {
            throw new SendFailedException($"The {typeof(T).Name} could not be sent to '{name}': {unknown.Message}", [body], unknown.InnerException);
        }
    }

    private SendDelegate? Compose(Route route)
    {
        Layer<ISendMiddleware>[] layers = [.. (route.Options?.SendMiddleware ?? setup.SendMiddleware).Layers];
        if (layers.Length == 0)
            return null;
        SendDelegate next = static (message, _) =>
        {
            message.Accepted = true;
            return ValueTask.CompletedTask;
        };
        foreach (Layer<ISendMiddleware> layer in layers.Reverse())
        {
            SendDelegate rest = next;
            next = (message, cancel) => layer.Resolve(message.Services).InvokeAsync(message, rest, cancel);
        }
        return next;
    }

    private TimeSpan? Delay(SendOptions? options)
    {
        if (options is not { At: { } at })
            return options?.Delay;
        if (options.Delay is not null)
            throw new ArgumentException("Both Delay and At are given: give one.", nameof(options));
        TimeSpan left = at - surroundings.Time.GetUtcNow();
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void LayOut(Outgoing message, SendOptions? options)
    {
        foreach ((string name, string value) in options?.Attributes ?? new Dictionary<string, string>())
            message.Attributes[name] = Text(value);
        foreach ((string name, MessageAttributeValue value) in options?.AttributeValues ?? new Dictionary<string, MessageAttributeValue>())
        {
            if (!message.Attributes.TryAdd(name, value))
                throw new ArgumentException($"The attribute '{name}' is among both Attributes and AttributeValues: give it once.", nameof(options));
        }
        if (message.Type is not null)
            message.Attributes[setup.TypeAttribute] = Text(message.Type);
    }

    private Draft Entry(Outgoing message, SqsQueue queue, string bodyType, bool carries, SendTrace trace)
    {
        var entry = new SendMessageBatchRequestEntry
        {
            MessageBody = message.Text,
            MessageGroupId = message.Group,
            MessageDeduplicationId = message.DeduplicationId,
            MessageAttributes = new Dictionary<string, MessageAttributeValue>(message.Attributes),
        };
        if (message.Delay is { } delay)
            Delay(entry, message, delay, carries);
        if (AmbientValues.Write(setup.Carried) is { } ambient)
            entry.MessageAttributes.TryAdd(AmbientValues.Attribute, Text(ambient));
        if (entry.MessageAttributes.Count > SqsLimits.Attributes)
            throw new ArgumentException($"The message has {entry.MessageAttributes.Count} attributes, type name, due time and ambient values included; SQS takes 10.", nameof(message));
        long size = MessageSize.Of(entry);
        if (size > SqsLimits.PayloadBytes)
            throw new ArgumentException($"The {bodyType} has {size:N0} bytes; SQS takes 1 MiB, attributes included.", nameof(message));
        trace.Inject(entry, ref size);
        return new Draft(message.Queue, queue, entry, size);
    }

    private void Delay(SendMessageBatchRequestEntry entry, Outgoing message, TimeSpan delay, bool carries)
    {
        if (message.Fifo && delay > TimeSpan.Zero)
            throw new ArgumentException($"'{message.Queue}' is a FIFO queue: SQS delays its messages by the queue's own delay only.", nameof(message));
        if (delay < TimeSpan.Zero || (delay > SqsLimits.MaxDelay && !carries))
            throw new ArgumentException($"A delay of {delay} is not possible: SQS delays a message by 0 to 15 minutes. Longer ones are carried by hops where z.CarryLongDelays() says so.", nameof(message));
        if (delay > DueTime.Longest)
            throw new ArgumentException($"A delay of {delay} is not possible: ten years are the most that is carried.", nameof(message));
        if (message.Fifo)
            return;
        if (delay > SqsLimits.MaxDelay)
        {
            DateTimeOffset now = surroundings.Time.GetUtcNow();
            entry.MessageAttributes[DueTime.Attribute] = Text(new DueTime(now + delay, now, surroundings.NewId().ToString("N")).Write());
            delay = SqsLimits.MaxDelay;
        }
        entry.DelaySeconds = (int)Math.Ceiling(delay.TotalSeconds);
    }

    private static MessageAttributeValue Text(string? value) => new() { DataType = "String", StringValue = value };
}
