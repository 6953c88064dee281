using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class ListQueues : SqsRequest
{
    internal string? QueueNamePrefix { get; set; }

    internal int? MaxResults { get; set; }

    internal string? NextToken { get; set; }

    internal override bool Changes => false;

    internal override SqsResponse Execute(ActionContext context)
    {
        var (page, error) = NamePage.Of(MaxResults, NextToken, (after, max) => context.Engine.List(context.Region, QueueNamePrefix ?? "", after, max));
        return page is null ? new ErrorResponse(error!) : new Response(page.Names.ConvertAll(context.UrlOf), page.NextToken);
    }

    internal sealed class Response(List<string> queueUrls, string? nextToken) : SqsResponse
    {
        internal List<string> QueueUrls => queueUrls;

        internal string? NextToken => nextToken;
    }
}
