using Microsoft.Extensions.Logging;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Hosting;

/// <summary>
/// Finds the queues of the setup with their dead-letter queues, and makes missing ones. Every queue is looked for before the first complaint, so that one
/// start tells all, and before any is made. Nothing is kept: a later search begins anew.
/// </summary>
internal sealed class QueueSearch(ZanshinBuilder setup, QueueResolver resolver, Surroundings surroundings, ILogger logger)
{
    private readonly MissingQueues _missing = new(resolver, surroundings, logger);

    /// <param name="wrong">What is wrong with the setup already.</param>
    /// <param name="patient">Who asks waits for SQS: where it is away the search ends at the first queue.</param>
    /// <exception cref="ZanshinConfigurationException">Something is wrong, or SQS is away (<see cref="ZanshinConfigurationException.SqsIsAway"/>); lists everything that is.</exception>
    public async Task<List<FoundQueue>> FindAsync(IReadOnlyList<string> wrong, bool patient, CancellationToken cancel)
    {
        var search = new Problems(wrong, patient);
        List<FoundQueue> found = [];
        List<QueueBuilder> toMake = [];
        List<string> routesToMake = [];
        foreach (QueueBuilder queue in setup.Worked)
        {
            await search.CollectAsync(async () =>
            {
                if (await _missing.FindAsync(queue.Name, queue.Creation ?? setup.Creation, cancel) is { } facts)
                    found.Add(await FoundAsync(queue, facts, search, cancel));
                else
                    toMake.Add(queue);
            });
        }
        foreach (IGrouping<string, string> twice in found.GroupBy(static f => f.Facts.Arn, static f => f.Setup.Name).Where(static g => g.Count() > 1))
            search.Wrong($"{string.Join(" and ", twice.Select(static n => $"'{n}'"))} are the same queue: set it up once.");
        foreach (string queue in setup.RoutedQueues.Except(setup.Worked.Select(static q => q.Name)))
        {
            await search.CollectAsync(async () =>
            {
                if (await _missing.FindAsync(queue, setup.Creation, cancel) is null)
                    routesToMake.Add(queue);
            });
        }
        search.ThrowIfAny();
        foreach (QueueBuilder queue in toMake)
            found.Add(await FoundAsync(queue, await _missing.CreateAsync(queue.Name, (queue.Creation ?? setup.Creation)!, queue.Visibility, cancel), search, cancel));
        foreach (string queue in routesToMake)
            await _missing.CreateAsync(queue, setup.Creation!, null, cancel);
        search.ThrowIfAny();
        return [.. found.OrderBy(f => setup.Queues.IndexOf(f.Setup))];
    }

    private async Task<FoundQueue> FoundAsync(QueueBuilder queue, QueueFacts facts, Problems search, CancellationToken cancel)
    {
        if (queue.Visibility is null && facts.Visibility < TimeSpan.FromSeconds(1))
            search.Wrong($"Queue '{queue.Name}' has a visibility timeout of 0, so its messages cannot be kept: set one on the queue, or q.Visibility.");
        if (queue.Reject != RejectPolicy.DeadLetter || facts.DeadLetterArn is not { } arn)
            return new FoundQueue(queue, facts, null, null);
        try
        {
            return new FoundQueue(queue, facts, await resolver.ResolveDeadLettersAsync(arn, queue.Name, cancel), null);
        }
        catch (ZanshinConfigurationException problem) when (!problem.SqsIsAway)
        {
            // SQS itself goes on with a dead-letter queue that is gone, or that the worker may not read.
            return new FoundQueue(queue, facts, null, problem.Message);
        }
    }

    /// <summary>What a search has found to be wrong. Once SQS is away, whoever waits for it asks no more.</summary>
    private sealed class Problems(IReadOnlyList<string> before, bool patient)
    {
        private readonly List<string> _wrong = [.. before];
        private bool _away;
        private bool _other = before.Count > 0;

        public void Wrong(string problem)
        {
            _wrong.Add(problem);
            _other = true;
        }

        public async Task CollectAsync(Func<Task> step)
        {
            if (_away && patient)
                return;
            try
            {
                await step();
            }
            catch (ZanshinConfigurationException problem)
            {
                _wrong.AddRange(problem.Problems);
                _away |= problem.SqsIsAway;
                _other |= !problem.SqsIsAway;
            }
        }

        public void ThrowIfAny()
        {
            if (_wrong.Count > 0)
                throw new ZanshinConfigurationException(_wrong) { SqsIsAway = !_other };
        }
    }
}
