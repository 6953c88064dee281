using Microsoft.Extensions.Configuration;
using Zanshin.Sending;

namespace Zanshin.Hosting;

/// <summary>Applies the configuration to what was set in code, and finds everything in it that cannot work.</summary>
internal static class SetupCheck
{
    private const string Time = "a time like 00:00:30";

    private static readonly (string Key, string Takes)[] WorkerKeys =
        [("Concurrency", "a whole number"), ("TypeAttribute", "a name"), ("Endpoint", "a URL like http://127.0.0.1:9324")];

    private static readonly (string Key, string Takes)[] QueueKeys =
        [("Visibility", Time), ("WaitTime", Time), ("TimeLimit", Time), ("StuckAfter", Time), ("Reject", "DeadLetter, Redrive or Delete")];

    public static List<string> Check(ZanshinBuilder builder, IConfiguration? configuration)
    {
        List<string> problems = [];
        Bind(builder, configuration?.GetSection("Zanshin"), problems);
        ZanshinOptions options = builder.Options;
        if (options.Concurrency is < 1 or > 10_000)
            problems.Add($"Concurrency is {options.Concurrency}: it must be between 1 and 10,000.");
        if (string.IsNullOrWhiteSpace(options.TypeAttribute) || options.TypeAttribute.Length > 256)
            problems.Add("TypeAttribute is empty or longer than 256 characters: it must be the name of a message attribute.");
        if (options.Endpoint is { } endpoint && !(Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"))
            problems.Add($"Endpoint is '{endpoint}': it must be a URL like http://127.0.0.1:9324.");
        if (builder.Queues.Count == 0 && builder.Routes.Count == 0)
            problems.Add("The worker has neither queues nor routes: add one with z.Queue(\"name\", q => ...) or z.Route<T>(...).");
        HandlerCheck.Check(builder, problems);
        foreach (QueueBuilder queue in builder.Queues)
            Check(queue, problems);
        foreach (IGrouping<Type, Route> routes in builder.Routes.GroupBy(static r => r.BodyType).Where(static g => g.Count() > 1))
            problems.Add($"{routes.Key.Name} has {routes.Count()} routes ({string.Join(", ", routes.Select(static r => r.Queue))}): keep one.");
        return problems;
    }

    private static void Check(QueueBuilder queue, List<string> problems)
    {
        string name = QueueResolver.NameOf(queue.Name);
        QueueOptions options = queue.Options;
        if (queue.Batches.Count > 0)
            CheckBatches(name, queue, problems);
        else if (queue.Handlers.Count == 0)
            problems.Add($"Queue '{name}' has no handler: add one with q.Handle<...>(...).");
        HandlerCheck.Check(name, queue, problems);
        if (options.Visibility is { } visibility && (visibility < TimeSpan.FromSeconds(1) || visibility > SqsLimits.MaxVisibility || !IsWholeSeconds(visibility)))
            problems.Add($"Queue '{name}' has a Visibility of {visibility}: it must be whole seconds, from 1 second to 12 hours.");
        if (options.WaitTime < TimeSpan.Zero || options.WaitTime > SqsLimits.MaxWait || !IsWholeSeconds(options.WaitTime))
            problems.Add($"Queue '{name}' has a WaitTime of {options.WaitTime}: it must be whole seconds, from 0 to 20.");
        if (options.TimeLimit is { } limit && (limit <= TimeSpan.Zero || limit > SqsLimits.MaxVisibility))
            problems.Add($"Queue '{name}' has a TimeLimit of {limit}: it must be over 0 and at most 12 hours, the longest that SQS leaves a message with a worker.");
        if (options.StuckAfter <= TimeSpan.Zero && options.StuckAfter != Timeout.InfiniteTimeSpan)
            problems.Add($"Queue '{name}' has a StuckAfter of {options.StuckAfter}: it must be over 0, or -00:00:00.001 for never.");
        if (queue.BatchMiddleware.Added.Count > 0 && queue.Batches.Count == 0)
            problems.Add($"Queue '{name}' has middleware for batches and no batch handler: use q.Use<...>(), or q.HandleBatch<...>().");
        if (!Enum.IsDefined(options.Reject))
            problems.Add($"Queue '{name}' has the Reject policy {(int)options.Reject}: it must be DeadLetter, Redrive or Delete.");
        if (queue.RetrySchedule.Longest > SqsLimits.MaxVisibility)
            problems.Add($"Queue '{name}' retries after up to {queue.RetrySchedule.Longest}: SQS keeps a message invisible for at most 12 hours.");
        if (queue.RetrySchedule.Shortest < TimeSpan.Zero)
            problems.Add($"Queue '{name}' retries after {queue.RetrySchedule.Shortest}: a delay cannot be negative.");
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

    // Key by key, so that every mistake is found, a misspelled key included.
    private static void Bind(ZanshinBuilder builder, IConfigurationSection? section, List<string> problems)
    {
        if (section is null || !section.Exists())
            return;
        foreach (IConfigurationSection child in section.GetChildren().Where(static c => !IsKey(c, "Queues")))
        {
            if (WorkerKeys.FirstOrDefault(k => IsKey(child, k.Key)) is not { Key: not null } key)
                problems.Add($"The configuration has '{child.Path}', which is no option of the worker: the options are {Names(WorkerKeys)} and Queues.");
            else
                Try(child, key.Takes, only => only.Bind(builder.Options), problems);
        }
        foreach (IConfigurationSection of in section.GetSection("Queues").GetChildren())
        {
            QueueBuilder? queue = builder.Queues.Find(q => string.Equals(QueueResolver.NameOf(q.Name), of.Key, StringComparison.OrdinalIgnoreCase));
            if (queue is null)
            {
                problems.Add($"The configuration has options for a queue '{of.Key}' ({of.Path}) that the worker does not have: correct the name, or remove them.");
                continue;
            }
            foreach (IConfigurationSection child in of.GetChildren())
            {
                if (QueueKeys.FirstOrDefault(k => IsKey(child, k.Key)) is not { Key: not null } key)
                    problems.Add($"The configuration has '{child.Path}', which is no option of a queue: the options are {Names(QueueKeys)}.");
                else
                    Try(child, key.Takes, only => only.Bind(queue.Options), problems);
            }
        }
    }

    private static bool IsKey(IConfigurationSection section, string key) => string.Equals(section.Key, key, StringComparison.OrdinalIgnoreCase);

    private static string Names((string Key, string Takes)[] keys) => string.Join(", ", keys.Select(static k => k.Key));

    private static void Try(IConfigurationSection value, string takes, Action<IConfiguration> bind, List<string> problems)
    {
        try
        {
            bind(new ConfigurationBuilder().AddInMemoryCollection([new(value.Key, value.Value)]).Build());
        }
        catch (InvalidOperationException)
        {
            problems.Add($"The configuration has '{value.Value}' at '{value.Path}': it must be {takes}.");
        }
    }
}
