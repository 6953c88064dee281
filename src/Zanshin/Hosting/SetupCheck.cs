using Microsoft.Extensions.Configuration;
using Zanshin.Sending;

namespace Zanshin.Hosting;

/// <summary>Applies the configuration to what was set in code, and finds everything in it that cannot work.</summary>
internal static class SetupCheck
{
    public static List<string> Check(ZanshinBuilder builder, IConfiguration? configuration)
    {
        List<string> problems = [];
        builder.Configure(Configured.Read(builder, configuration, problems, atStart: true));
        CheckOptions(builder.Options, builder.Groups.Select(static g => (g.Name, g.Options)), builder.Queues.Select(static q => (q.Name, q.Options)), problems);
        if (builder.Groups.Exists(static g => string.Equals(g.Name, ZanshinBuilder.OwnGroup, StringComparison.OrdinalIgnoreCase)))
            problems.Add($"A group is called '{ZanshinBuilder.OwnGroup}', which is the name of the group of all queues that are in no other: give it another name, or set the worker's own options.");
        if (builder.Queues.Count == 0 && builder.Routes.Count == 0)
            problems.Add("The worker has neither queues nor routes: add one with z.Queue(\"name\", q => ...) or z.Route<T>(...).");
        HandlerCheck.Check(builder, problems);
        foreach (QueueBuilder queue in builder.Queues)
            Check(queue, problems);
        foreach (IGrouping<Type, Route> routes in builder.Routes.GroupBy(static r => r.BodyType).Where(static g => g.Count() > 1))
            problems.Add($"{routes.Key.Name} has {routes.Count()} routes ({string.Join(", ", routes.Select(static r => r.Queue))}): keep one.");
        HostingCheck.Check(builder, problems);
        problems.AddRange(SendSetup.Problems(builder));
        return problems;
    }

    private static void Check(QueueBuilder queue, List<string> problems)
    {
        string name = QueueResolver.NameOf(queue.Name);
        if (queue.Batches.Count > 0)
            CheckBatches(name, queue, problems);
        else if (queue.Handlers.Count == 0)
            problems.Add($"Queue '{name}' has no handler: add one with q.Handle<...>(...).");
        HandlerCheck.Check(name, queue, problems);
        if (queue.BatchMiddleware.Added.Count > 0 && queue.Batches.Count == 0)
            problems.Add($"Queue '{name}' has middleware for batches and no batch handler: use q.Use<...>(), or q.HandleBatch<...>().");
        if (queue.RetrySchedule.Longest > SqsLimits.MaxVisibility)
            problems.Add($"Queue '{name}' retries after up to {queue.RetrySchedule.Longest}: SQS keeps a message invisible for at most 12 hours.");
        if (queue.RetrySchedule.Shortest < TimeSpan.Zero)
            problems.Add($"Queue '{name}' retries after {queue.RetrySchedule.Shortest}: a delay cannot be negative.");
    }

    /// <summary>All options, as code and configuration set them; the same at the start and at a reload.</summary>
    public static void CheckOptions(ZanshinOptions worker, IEnumerable<(string Name, GroupOptions Options)> groups, IEnumerable<(string Name, QueueOptions Options)> queues, List<string> problems)
    {
        CheckPace("", worker.Concurrency, worker.Delay, worker.RateLimit, problems);
        if (worker.MaxConcurrency is { } most && !Limits.IsConcurrency(most))
            problems.Add($"MaxConcurrency is {most}: it must be {Limits.Concurrency}.");
        if (worker.MinThreads is < 0 or > 10_000)
            problems.Add($"MinThreads is {worker.MinThreads}: it must be between 0 and 10,000.");
        StopBudget.Check(worker, problems);
        if (string.IsNullOrWhiteSpace(worker.TypeAttribute) || worker.TypeAttribute.Length > 256)
            problems.Add("TypeAttribute is empty or longer than 256 characters: it must be the name of a message attribute.");
        if (worker.Endpoint is { } endpoint && !(Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"))
            problems.Add($"Endpoint is '{endpoint}': it must be a URL like http://127.0.0.1:9324.");
        if (worker.PricePerMillionRequests < 0)
            problems.Add($"PricePerMillionRequests is {worker.PricePerMillionRequests}: a price in US dollars cannot be negative.");
        if (worker.PricePerMillionRequests > Limits.HighestPrice)
            problems.Add($"PricePerMillionRequests is {worker.PricePerMillionRequests}: it must be at most 1,000,000 US dollars.");
        if (worker.BacklogInterval is { } interval && (interval < TimeSpan.FromSeconds(5) || interval > TimeSpan.FromHours(1)))
            problems.Add($"BacklogInterval is {interval}: it must be from 5 seconds to 1 hour.");
        foreach ((string name, GroupOptions group) in groups)
            CheckPace($"Group '{name}' has ", group.Concurrency, group.Delay, group.RateLimit, problems);
        foreach ((string name, QueueOptions queue) in queues)
            CheckOptions(QueueResolver.NameOf(name), queue, problems);
    }

    private static void CheckOptions(string name, QueueOptions options, List<string> problems)
    {
        string whose = $"Queue '{name}' has ";
        CheckPace(whose, options.Concurrency, options.Delay, options.RateLimit, problems);
        if (!Limits.IsWeight(options.Weight))
            problems.Add($"{whose}a Weight of {options.Weight}: it must be {Limits.Weight}.");
        if (options.Visibility is { } visibility && (visibility < TimeSpan.FromSeconds(1) || visibility > SqsLimits.MaxVisibility || !IsWholeSeconds(visibility)))
            problems.Add($"Queue '{name}' has a Visibility of {visibility}: it must be whole seconds, from 1 second to 12 hours.");
        if (options.WaitTime < TimeSpan.Zero || options.WaitTime > SqsLimits.MaxWait || !IsWholeSeconds(options.WaitTime))
            problems.Add($"Queue '{name}' has a WaitTime of {options.WaitTime}: it must be whole seconds, from 0 to 20.");
        if (options.TimeLimit is { } limit && (limit <= TimeSpan.Zero || limit > SqsLimits.MaxVisibility))
            problems.Add($"Queue '{name}' has a TimeLimit of {limit}: it must be over 0 and at most 12 hours, the longest that SQS leaves a message with a worker.");
        if (options.StuckAfter <= TimeSpan.Zero && options.StuckAfter != Timeout.InfiniteTimeSpan)
            problems.Add($"Queue '{name}' has a StuckAfter of {options.StuckAfter}: it must be over 0, or -00:00:00.001 for never.");
        if (options.RunApartFrom is not 0 and (< 2 or > 1_000))
            problems.Add($"Queue '{name}' has a RunApartFrom of {options.RunApartFrom}: it must be a receive count from 2 to 1,000, or 0 for never.");
        if (!Enum.IsDefined(options.Reject))
            problems.Add($"Queue '{name}' has the Reject policy {(int)options.Reject}: it must be DeadLetter, Redrive or Delete.");
    }

    private static void CheckPace(string whose, int? concurrency, TimeSpan? delay, double? rate, List<string> problems)
    {
        if (concurrency is { } slots && !Limits.IsConcurrency(slots))
            problems.Add(whose.Length == 0 ? $"Concurrency is {slots}: it must be {Limits.Concurrency}." : $"{whose}a Concurrency of {slots}: it must be {Limits.Concurrency}.");
        if (delay is { } rest && !Limits.IsDelay(rest))
            problems.Add(whose.Length == 0 ? $"Delay is {rest}: it must be {Limits.Delay}." : $"{whose}a Delay of {rest}: it must be {Limits.Delay}.");
        if (rate is { } perSecond && !Limits.IsRate(perSecond))
            problems.Add(whose.Length == 0 ? $"RateLimit is {perSecond}: it must be {Limits.Rate}." : $"{whose}a RateLimit of {perSecond}: it must be {Limits.Rate}.");
    }

    private static void CheckBatches(string name, QueueBuilder queue, List<string> problems)
    {
        if (queue.Batches.Count + queue.Handlers.Count > 1)
            problems.Add($"Queue '{name}' has {queue.Batches.Count + queue.Handlers.Count} handlers, one of them for batches: a queue that is handled in batches has no other handler.");
        Handling.BatchEntry batch = queue.Batches[0];
        if (batch.Max is < 1 or > 1_000)
            problems.Add($"Queue '{name}' is handled in batches of up to {batch.Max}: max must be between 1 and 1,000.");
        if (batch.Gather < TimeSpan.Zero || batch.Gather > TimeSpan.FromHours(1))
            problems.Add($"Queue '{name}' gathers its batches for {batch.Gather}: gather must be between 0 and 1 hour.");
        if (queue.Middleware.Added.Count > 0)
            problems.Add($"Queue '{name}' is handled in batches and has middleware for single messages ({string.Join(", ", queue.Middleware.Added)}): use q.UseBatch<...>().");
    }

    private static bool IsWholeSeconds(TimeSpan time) => time.Ticks % TimeSpan.TicksPerSecond == 0;
}
