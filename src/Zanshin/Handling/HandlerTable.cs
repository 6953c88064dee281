using System.Collections.Frozen;

namespace Zanshin.Handling;

/// <summary>The handlers of one queue by type name. One without a name takes every message that no name fits.</summary>
internal sealed class HandlerTable(IReadOnlyDictionary<string, HandlerEntry> byType, HandlerEntry? any)
{
    private readonly FrozenDictionary<string, HandlerEntry> _byType = byType.ToFrozenDictionary(StringComparer.Ordinal);

    public ValueTask<Outcome> HandleAsync(Message message, CancellationToken cancel)
    {
        if (message.Type is { } type && _byType.TryGetValue(type, out HandlerEntry? handler))
            return Enter(handler, message, cancel);
        if (any is not null)
            return Enter(any, message, cancel);
        throw new UnreadableMessageException(message.Type is null
            ? "The message has no type name, and the queue has no handler without one."
            : $"No handler of the queue has the type name '{message.Type}'.");
    }

    private static ValueTask<Outcome> Enter(HandlerEntry handler, Message message, CancellationToken cancel)
    {
        message.Enter(handler.Name);
        return handler.InvokeAsync(message, cancel);
    }
}
