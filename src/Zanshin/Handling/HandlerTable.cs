using System.Collections.Frozen;

namespace Zanshin.Handling;

/// <summary>The handlers of one queue by type name. One without a name takes every message that no name fits.</summary>
internal sealed class HandlerTable(IReadOnlyDictionary<string, HandlerEntry> byType, HandlerEntry? any)
{
    private readonly FrozenDictionary<string, HandlerEntry> _byType = byType.ToFrozenDictionary(StringComparer.Ordinal);

    public ValueTask<Outcome> HandleAsync(Message message, CancellationToken cancel)
    {
        if (message.Type is { } type && _byType.TryGetValue(type, out HandlerEntry? handler))
            return handler.InvokeAsync(message, cancel);
        if (any is not null)
            return any.InvokeAsync(message, cancel);
        throw new UnreadableMessageException(message.Type is null
            ? "The message has no type name, and the queue has no handler without one."
            : $"No handler of the queue has the type name '{message.Type}'.");
    }
}
