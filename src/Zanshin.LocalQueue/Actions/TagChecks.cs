using System.Collections.Immutable;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>The rules for queue tags (developer guide, "Amazon SQS cost allocation tags").</summary>
internal static class TagChecks
{
    private const int Most = 50;
    private const int KeyLength = 128;
    private const int ValueLength = 256;

    internal static (ImmutableSortedDictionary<string, string>?, SqsError?) Add(ImmutableSortedDictionary<string, string> current, Dictionary<string, string> tags)
    {
        foreach (var (key, value) in tags)
        {
            if (key.Length is 0 or > KeyLength) return (null, SqsError.Invalid("Tag.Key", key, $"Must be 1 to {KeyLength} characters long."));
            if (value.Length > ValueLength) return (null, SqsError.Invalid("Tag.Value", value, $"Must be at most {ValueLength} characters long."));
            if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)) return (null, SqsError.Invalid("Tag.Key", key, "Keys that begin with aws: are reserved."));
        }

        var all = current.SetItems(tags);
        return all.Count > Most ? (null, SqsError.Invalid($"Too many tags: a queue has at most {Most}.")) : (all, null);
    }
}
