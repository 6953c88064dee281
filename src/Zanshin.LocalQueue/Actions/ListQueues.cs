using System.Buffers.Text;
using System.Text;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class ListQueues : SqsRequest
{
    private const int Most = 1000;

    internal string? QueueNamePrefix { get; set; }

    internal int? MaxResults { get; set; }

    internal string? NextToken { get; set; }

    internal override bool Changes => false;

    internal override SqsResponse Execute(ActionContext context)
    {
        if (MaxResults is < 1 or > Most) return new ErrorResponse(SqsError.Invalid("MaxResults", MaxResults, $"Must be between 1 and {Most}, if provided."));
        string? after = null;
        if (!string.IsNullOrEmpty(NextToken))
        {
            if (!Base64Url.IsValid(NextToken)) return new ErrorResponse(SqsError.Invalid("NextToken", NextToken, "It was not made by this endpoint."));
            after = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(NextToken));
        }

        var (names, more) = context.Engine.List(QueueNamePrefix ?? "", after, MaxResults ?? Most);
        // Without MaxResults SQS answers the first thousand and no token.
        var token = more && MaxResults is not null ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(names[^1])) : null;
        return new Response(names.ConvertAll(context.UrlOf), token);
    }

    internal sealed class Response(List<string> queueUrls, string? nextToken) : SqsResponse
    {
        internal List<string> QueueUrls => queueUrls;

        internal string? NextToken => nextToken;
    }
}
