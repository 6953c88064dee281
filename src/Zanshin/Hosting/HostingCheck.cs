namespace Zanshin.Hosting;

/// <summary>What cannot work around the worker: queues to be made, scale-in.</summary>
internal static class HostingCheck
{
    public static void Check(ZanshinBuilder builder, List<string> problems)
    {
        foreach (QueueBuilder queue in builder.Queues)
        {
            if (queue.Creation is not null && IsNoName(queue.Name))
                problems.Add($"Queue '{queue.Name}' is to be created if it is missing: give it by its name, because it is made in the region and account of the client.");
            else if ((queue.Creation ?? builder.Creation) is { } creation && !IsNoName(queue.Name))
                Check(queue.Name, creation, problems);
        }
        if (builder.Creation is { } all)
        {
            foreach (string queue in builder.RoutedQueues.Except(builder.Queues.Select(static q => q.Name)).Where(static q => !IsNoName(q)))
                Check(queue, all, problems);
        }
        if (builder.ScaleIn is { } scaleIn)
            Check(scaleIn, problems);
    }

    private static void Check(string queue, QueueCreation creation, List<string> problems)
    {
        if (creation.Visibility is { } visibility && (visibility < TimeSpan.Zero || visibility > SqsLimits.MaxVisibility || visibility.Ticks % TimeSpan.TicksPerSecond != 0))
            problems.Add($"Queue '{queue}' is to be created with a Visibility of {visibility}: it must be whole seconds, up to 12 hours.");
        if (creation.MaxReceiveCount is not { } receives)
            return;
        if (receives is < 1 or > 1_000)
            problems.Add($"Queue '{queue}' is to be created with a MaxReceiveCount of {receives}: it must be from 1 to 1,000, or null for no dead-letter queue.");
        string deadLetters = creation.DeadLettersOf(queue);
        if (string.IsNullOrWhiteSpace(deadLetters) || IsNoName(deadLetters) || deadLetters == queue)
            problems.Add($"Queue '{queue}' is to be created with the dead-letter queue '{deadLetters}': it must be the name of another queue.");
        else if (deadLetters.EndsWith(".fifo", StringComparison.Ordinal) != queue.EndsWith(".fifo", StringComparison.Ordinal))
            problems.Add($"Queue '{queue}' is to be created with the dead-letter queue '{deadLetters}': of a FIFO queue, and only of one, it is a FIFO queue too, with a name that ends in .fifo.");
    }

    private static void Check(ScaleInOptions options, List<string> problems)
    {
        if (options.DropAfter < TimeSpan.Zero || options.DropAfter > TimeSpan.FromHours(1))
            problems.Add($"ProtectFromScaleIn has a DropAfter of {options.DropAfter}: it must be from 0 to 1 hour.");
        if (options.ExpiresIn < TimeSpan.FromMinutes(2) || options.ExpiresIn > TimeSpan.FromHours(48) || options.ExpiresIn.Ticks % TimeSpan.TicksPerMinute != 0)
            problems.Add($"ProtectFromScaleIn has an ExpiresIn of {options.ExpiresIn}: it must be whole minutes, from 2 minutes to 48 hours.");
        if (!string.IsNullOrEmpty(options.AgentUri) && !(Uri.TryCreate(options.AgentUri, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"))
            problems.Add($"ProtectFromScaleIn has the AgentUri '{options.AgentUri}': it must be a URL; ECS sets it in ECS_AGENT_URI.");
    }

    private static bool IsNoName(string queue) => queue.Contains(':', StringComparison.Ordinal) || queue.Contains('/', StringComparison.Ordinal);
}
