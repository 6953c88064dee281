using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class ListMessageMoveTasks : SqsRequest
{
    internal string? SourceArn { get; set; }

    internal override string? Queue => SourceArn?[(SourceArn.LastIndexOf(':') + 1)..];

    internal int? MaxResults { get; set; }

    internal override bool Changes => false;

    internal override SqsResponse Execute(ActionContext context)
    {
        if (string.IsNullOrEmpty(SourceArn)) return new ErrorResponse(SqsError.Missing("SourceArn"));
        if (MaxResults is < 1 or > MoveTasks.Remembered)
        {
            return new ErrorResponse(SqsError.Invalid("MaxResults", MaxResults, $"Must be between 1 and {MoveTasks.Remembered}, if provided."));
        }

        return context.Engine.FindByArn(SourceArn) is null
            ? new ErrorResponse(SqsError.NoSuchResource("SourceArn"))
            : new Response([.. context.Engine.Moves.List(SourceArn).Take(MaxResults ?? 1).Select(task => task with { StartedAt = context.Engine.Shown(task.StartedAt) })]);
    }

    internal sealed class Response(MoveTask[] tasks) : SqsResponse
    {
        internal MoveTask[] Tasks => tasks;
    }
}
