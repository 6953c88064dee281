using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>The message attributes a receive asked for: by name, by the beginning of its name, as in <c>prefix.*</c>, or all of them.</summary>
internal sealed class AttributeFilter
{
    private readonly List<string> _names;
    private readonly bool _all;

    internal AttributeFilter(List<string> names)
    {
        _names = names;
        _all = names.Exists(n => n is "All" or ".*" or "*");
    }

    /// <summary>What to answer of a message's attributes, and its digest: an answer's MD5 covers what it contains.</summary>
    internal (MessageAttribute[], Md5Digest?) Apply(StoredMessage message)
    {
        if (_all || message.Attributes.Length == 0) return (message.Attributes, message.AttributesMd5);
        if (_names.Count == 0) return ([], null);
        var wanted = Array.FindAll(message.Attributes, a => _names.Exists(n => Matches(n, a.Name)));
        return (wanted, wanted.Length == message.Attributes.Length ? message.AttributesMd5 : AttributeDigest.Of(wanted));
    }

    private static bool Matches(string asked, string name) =>
        asked == name || (asked.EndsWith(".*", StringComparison.Ordinal) && name.AsSpan().StartsWith(asked.AsSpan(0, asked.Length - 2), StringComparison.Ordinal));
}
