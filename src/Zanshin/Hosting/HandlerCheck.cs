using Zanshin.Handling;

namespace Zanshin.Hosting;

/// <summary>Finds everything in the setup of handlers, type names and middleware that cannot work.</summary>
internal static class HandlerCheck
{
    public static void Check(ZanshinBuilder worker, List<string> problems)
    {
        foreach (string name in worker.TypeAttributes.Where(static n => string.IsNullOrWhiteSpace(n) || n.Length > 256))
            problems.Add($"TypeAttributes has '{name}': each must be the name of a message attribute, of up to 256 characters.");
        problems.AddRange(worker.Middleware.Problems);
        problems.AddRange(worker.BatchMiddleware.Problems);
    }

    /// <param name="name">The queue's.</param>
    public static void Check(string name, QueueBuilder queue, List<string> problems)
    {
        problems.AddRange(queue.Middleware.Problems);
        problems.AddRange(queue.BatchMiddleware.Problems);
        if (queue.Handlers.Count(static h => h.Type is null) is > 1 and int anys)
            problems.Add($"Queue '{name}' has {anys} handlers without a type name: give them type names, or keep one.");
        foreach (IGrouping<string, (string Type, HandlerEntry Handler)> same in queue.HandlersByType.GroupBy(static h => h.Type).Where(static g => g.Count() > 1))
            problems.Add($"Queue '{name}' has {same.Count()} handlers for the type '{same.Key}': keep one.");
        foreach (HandlerEntry handler in queue.Handlers.Select(static h => h.Handler))
        {
            Check($"Handler {handler.Name} of queue '{name}'", handler.Options, problems);
            problems.AddRange(handler.Options.Middleware.Problems);
        }
        foreach (BatchEntry batch in queue.Batches)
        {
            Check($"Batch handler {batch.Name} of queue '{name}'", batch.Options, problems);
            problems.AddRange(batch.Options.Middleware.Problems);
            if (batch.Options.Aliases.Count > 0)
                problems.Add($"Batch handler {batch.Name} of queue '{name}' has Aliases: it takes all of the queue's messages, whatever their type name. Remove them.");
        }
    }

    private static void Check(string handler, HandlerBuilder options, List<string> problems)
    {
        problems.AddRange(options.Problems.Select(problem => $"{handler} {problem}"));
        if (options.TimeLimit is { } limit && (limit <= TimeSpan.Zero || limit > SqsLimits.MaxVisibility))
            problems.Add($"{handler} has a TimeLimit of {limit}: it must be over 0 and at most 12 hours, the longest that SQS leaves a message with a worker.");
        if (options.Concurrency is < 1 or > 10_000)
            problems.Add($"{handler} has a Concurrency of {options.Concurrency}: it must be between 1 and 10,000.");
        if (options.Aliases.Any(string.IsNullOrEmpty))
            problems.Add($"{handler} has an empty name among its Aliases: each must be a type name.");
        if (options.RetrySchedule is { } retry && retry.Longest > SqsLimits.MaxVisibility)
            problems.Add($"{handler} retries after up to {retry.Longest}: SQS keeps a message invisible for at most 12 hours.");
        if (options.RetrySchedule is { } schedule && schedule.Shortest < TimeSpan.Zero)
            problems.Add($"{handler} retries after {schedule.Shortest}: a delay cannot be negative.");
    }
}
