using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class StartMessageMoveTask : SqsRequest
{
    internal string? SourceArn { get; set; }

    internal override string? Queue => SourceArn?[(SourceArn.LastIndexOf(':') + 1)..];

    internal string? DestinationArn { get; set; }

    internal int? MaxNumberOfMessagesPerSecond { get; set; }

    internal override SqsResponse Execute(ActionContext context)
    {
        if (string.IsNullOrEmpty(SourceArn)) return new ErrorResponse(SqsError.Missing("SourceArn"));
        if (MaxNumberOfMessagesPerSecond is < 1 or > MoveTasks.MostPerSecond)
        {
            return new ErrorResponse(SqsError.Invalid("MaxNumberOfMessagesPerSecond", MaxNumberOfMessagesPerSecond, $"Must be between 1 and {MoveTasks.MostPerSecond}, if provided."));
        }

        if (context.Engine.FindByArn(SourceArn) is not { } source) return new ErrorResponse(SqsError.NoSuchResource("SourceArn"));
        if (!context.Engine.IsDeadLetterQueue(source)) return new ErrorResponse(SqsError.Invalid("Source queue must be configured as a Dead Letter Queue."));
        if (Destination(source, context) is { } error) return new ErrorResponse(error);
        var (task, refusal) = context.Engine.Moves.Start(source, string.IsNullOrEmpty(DestinationArn) ? null : DestinationArn, MaxNumberOfMessagesPerSecond);
        return task is null ? new ErrorResponse(refusal!) : new Response(task.Handle);
    }

    private SqsError? Destination(MessageQueue source, ActionContext context)
    {
        if (string.IsNullOrEmpty(DestinationArn)) return null;
        if (context.Engine.FindByArn(DestinationArn) is not { } destination) return SqsError.NoSuchResource("DestinationArn");
        if (destination == source) return SqsError.Invalid("Source queue arn and destination queue arn cannot be the same.");
        return destination.Fifo == source.Fifo ? null : SqsError.Invalid("Source queue and destination queue must be of the same type.");
    }

    internal sealed class Response(string taskHandle) : SqsResponse
    {
        internal string TaskHandle => taskHandle;
    }
}
