using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class CancelMessageMoveTask : SqsRequest
{
    internal string? TaskHandle { get; set; }

    internal override SqsResponse Execute(ActionContext context)
    {
        if (string.IsNullOrEmpty(TaskHandle)) return new ErrorResponse(SqsError.Missing("TaskHandle"));
        var (task, error) = context.Engine.Moves.Cancel(TaskHandle);
        return task is null ? new ErrorResponse(error!) : new Response(task.Moved);
    }

    internal sealed class Response(long moved) : SqsResponse
    {
        internal long ApproximateNumberOfMessagesMoved => moved;
    }
}
