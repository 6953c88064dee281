using Zanshin.Testing;

namespace Zanshin.Simulation;

/// <summary>The processes send during the storm too, over the same bad network. What was acknowledged must be there.</summary>
internal sealed class Senders(Plan plan, VirtualTime time, Promises promises, EventLog log)
{
    private readonly Random _dice = new(plan.Seed + 5);

    /// <param name="processes">Those that live, now and later.</param>
    public async Task SendAsync(IReadOnlyList<Process> processes)
    {
        int[] next = [.. plan.Queues.Select(static q => q.Messages)];
        for (int left = plan.SendsMore * plan.Queues.Count; left > 0;)
        {
            await Task.Delay(plan.Storm / plan.SendsMore * (2 * _dice.NextDouble()), time);
            if (processes.Count == 0)
                continue;
            Process process = processes[_dice.Next(processes.Count)];
            PlannedQueue queue = plan.Queues[_dice.Next(plan.Queues.Count)];
            int many = _dice.OneIn(3) ? _dice.Next(2, 13) : 1, from = next[queue.Index];
            next[queue.Index] += many;
            left -= many;
            await (queue.Index switch
            {
                0 => SendAsync<First>(process, queue, from, many, static body => new(body)),
                1 => SendAsync<Second>(process, queue, from, many, static body => new(body)),
                _ => SendAsync<Third>(process, queue, from, many, static body => new(body)),
            });
        }
    }

    private async Task SendAsync<T>(Process process, PlannedQueue queue, int from, int many, Func<string, T> make)
        where T : Parcel
    {
        log.Add($"{process.Name} sends {many} from {queue.Name}:{from}");
        SendOptions Options(int n)
        {
            (_, string? group, Dictionary<string, string> attributes) = queue.Message(n);
            return new() { Group = group, DeduplicationId = queue.Fifo ? $"{n}" : null, Attributes = attributes };
        }
        int before = promises.Queues.Count;
        try
        {
            if (many > 1)
            {
                int n = from;
                await process.Sender.SendAllAsync(Enumerable.Range(from, many).Select(i => make(queue.Message(i).Body)), _ => Options(n++));
                if (promises.Queues.Count < before + many)
                    promises.Broken($"{many} messages were sent to {queue.Name}, and {promises.Queues.Count - before} are there");
            }
            else
            {
                string? id = await process.Sender.SendAsync(make(queue.Message(from).Body), Options(from));
                if (id is null || !promises.Queues.Has(id))
                    promises.Broken($"message {id} was sent to {queue.Name}, and is not there");
            }
        }
        catch (Exception failed) when (failed is SendFailedException or ZanshinConfigurationException)
        {
            log.Add($"{process.Name} could not send: {failed.GetType().Name}");
        }
    }
}
