using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Zanshin.Observing;

namespace Zanshin.Hosting;

/// <summary>What a changed configuration changes of a running worker: all of it, or nothing when something in it cannot work.</summary>
internal static class Reloading
{
    /// <summary>Compares what is read now with what was read before, not with what code has changed meanwhile. Called by one thread at a time.</summary>
    public static void Apply(
        ZanshinBuilder setup, IConfiguration configuration, ZanshinWorker worker, IReadOnlyList<GroupWorker> groups, IReadOnlyList<QueueWorker> queues, ILogger logger)
    {
        List<string> problems = [];
        Configured read = Configured.Read(setup, configuration, problems, atStart: false);
        SetupCheck.CheckOptions(read.Worker, setup.Groups.Select(g => (g.Name, read.Of(g))), setup.Queues.Select(q => (q.Name, read.Of(q))), problems);
        if (problems.Count > 0)
        {
            logger.ReloadRefused(string.Join(" ", problems));
            return;
        }

        Change(setup.MaxConcurrency, read.Worker.MaxConcurrency, most => worker.MaxConcurrency = most);
        Change(setup.RateLimit, read.Worker.RateLimit, rate => worker.RateLimit = rate);
        // The host has its own part in it since the start; the worker's part counts at the next stop.
        Change(setup.Options.Timeout, read.Worker.Timeout, after => worker.Change("Timeout", setup.Options.Timeout, after, static _ => { }));
        Restart("PricePerMillionRequests", setup.PricePerMillionRequests, read.Worker.PricePerMillionRequests);
        Restart("MinThreads", setup.MinThreads, read.Worker.MinThreads);
        Restart("BacklogInterval", setup.BacklogInterval, read.Worker.BacklogInterval);
        Restart("RetriesAreErrors", setup.RetriesAreErrors, read.Worker.RetriesAreErrors);
        Restart("Endpoint", setup.Endpoint, read.Worker.Endpoint);
        Restart("TypeAttribute", setup.TypeAttribute, read.Worker.TypeAttribute);
        Restart("Polling", setup.Polling.ToString(), read.Polling.ToString());
        foreach (GroupWorker group in groups)
        {
            GroupOptions? before = group.Setup?.Options, after = group.Setup is { } g ? read.Of(g) : null;
            var control = new GroupControl(worker, group);
            Change(GroupWorker.ConcurrencyOf(before, setup.Options), GroupWorker.ConcurrencyOf(after, read.Worker), n => control.Concurrency = n);
            Change(before?.RateLimit, after?.RateLimit, rate => control.RateLimit = rate);
            if (group.Setup is { } own)
                Restart($"Polling of group {group.Name}", own.Polling?.ToString(), read.PollingOf(own)?.ToString());
        }
        foreach (QueueWorker queue in queues)
        {
            QueueOptions before = queue.Setup.Options, after = read.Of(queue.Setup);
            var control = new QueueControl(worker, queue);
            Change(before.Concurrency, after.Concurrency, n => control.Concurrency = n);
            Change(before.Weight, after.Weight, weight => control.Weight = weight);
            Change(before.RateLimit, after.RateLimit, rate => control.RateLimit = rate);
            GroupBuilder? group = queue.Group.Setup;
            Change(QueueWorker.DelayOf(before, group?.Options, setup.Options), QueueWorker.DelayOf(after, group is null ? null : read.Of(group), read.Worker), delay => control.Delay = delay);
            Restart($"Visibility of {queue.Name}", before.Visibility, after.Visibility);
            Restart($"WaitTime of {queue.Name}", before.WaitTime, after.WaitTime);
            Restart($"TimeLimit of {queue.Name}", before.TimeLimit, after.TimeLimit);
            Restart($"StuckAfter of {queue.Name}", before.StuckAfter, after.StuckAfter);
            Restart($"RunOnOwnThreads of {queue.Name}", before.RunOnOwnThreads, after.RunOnOwnThreads);
            Restart($"Reject of {queue.Name}", before.Reject, after.Reject);
            Restart($"RunApartFrom of {queue.Name}", before.RunApartFrom, after.RunApartFrom);
            RestartIfNamed($"The group of {queue.Name}", [queue.Setup.Group?.Name ?? ZanshinBuilder.OwnGroup], [read.GroupOf(queue.Setup)]);
        }
        foreach (string name in read.NewQueues.Except(setup.NewQueues))
            logger.NeedsRestart($"Queue {name}");
        RestartIfNamed("Only", setup.Only ?? [], read.Only ?? []);
        setup.Configure(read);

        // Whose setter says what it has changed.
        void Change<T>(T before, T after, Action<T> set)
        {
            if (!EqualityComparer<T>.Default.Equals(before, after))
                set(after);
        }

        // In whatever order and case.
        void RestartIfNamed(string what, IEnumerable<string> before, IEnumerable<string> after)
        {
            if (!before.ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(after))
                logger.NeedsRestart(what);
        }

        void Restart<T>(string what, T before, T after)
        {
            if (!EqualityComparer<T>.Default.Equals(before, after))
                logger.NeedsRestart(what);
        }
    }
}
