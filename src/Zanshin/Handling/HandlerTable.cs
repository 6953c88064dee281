using System.Collections.Frozen;

namespace Zanshin.Handling;

/// <summary>
/// The handlers of one queue by type name: the only names that a message can choose among. One without a name takes every message that no name fits.
/// </summary>
internal sealed class HandlerTable(IReadOnlyDictionary<string, HandlerEntry> byType, HandlerEntry? any)
{
    private readonly FrozenDictionary<string, HandlerEntry> _byType = byType.ToFrozenDictionary(StringComparer.Ordinal);

    public IEnumerable<HandlerEntry> All => any is null ? _byType.Values.Distinct() : _byType.Values.Append(any).Distinct();

    /// <exception cref="UnreadableMessageException">There is none.</exception>
    public HandlerEntry Find(string? type)
    {
        if (type is not null && _byType.TryGetValue(type, out HandlerEntry? handler))
            return handler;
        return any ?? throw new UnreadableMessageException(type is null
            ? "The message has no type name, and the queue has no handler without one."
            : $"No handler of the queue has the type name '{Outcome.Shortened(type)}'.");
    }
}
