using System.Buffers.Text;
using System.Text;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>One page of a list of queues. The token for the next one is the last name of this one.</summary>
internal sealed record NamePage(List<string> Names, string? NextToken)
{
    private const int Most = 1000;

    /// <param name="maxResults">As the caller gave it.</param>
    /// <param name="nextToken">As the caller gave it.</param>
    /// <param name="list">Up to so many names after one, in ordinal order, and whether there are more.</param>
    internal static (NamePage?, SqsError?) Of(int? maxResults, string? nextToken, Func<string?, int, (List<string> Names, bool More)> list)
    {
        if (maxResults is < 1 or > Most) return (null, SqsError.Invalid("MaxResults", maxResults, $"Must be between 1 and {Most}, if provided."));
        string? after = null;
        if (!string.IsNullOrEmpty(nextToken))
        {
            if (!Base64Url.IsValid(nextToken)) return (null, SqsError.Invalid("NextToken", nextToken, "It was not made by this endpoint."));
            after = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(nextToken));
        }

        var (names, more) = list(after, maxResults ?? Most);
        // Without MaxResults SQS answers the first thousand and no token.
        var token = more && maxResults is not null ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(names[^1])) : null;
        return (new(names, token), null);
    }
}
