using System.Globalization;
using Microsoft.Extensions.Configuration;
using Zanshin.Hosting;

namespace Zanshin.Cli.Work;

/// <summary>A queue that a configuration names: in a list, alone, with a weight or as a section with a Name, or as a section by its name.</summary>
/// <param name="Path">Where all that is said of it there stands.</param>
/// <param name="WeightPath">Where its weight does, or would.</param>
/// <param name="Group">The group that it stands in; null for none.</param>
internal sealed record NamedQueue(string Name, string Path, string WeightPath, string? Group)
{
    public string Key => WorkedQueue.KeyOf(Name);

    public static IEnumerable<NamedQueue> In(IConfigurationSection worker) =>
        In(worker.GetSection("Queues"), null).Concat(worker.GetSection("Groups").GetChildren().SelectMany(static g => In(g.GetSection("Queues"), g.Key)));

    // One in a list without a name is left to the worker, which says so.
    private static IEnumerable<NamedQueue> In(IConfigurationSection queues, string? inside) =>
        from named in QueueKeys.In(queues)
        let queue = named.Section
        let listed = int.TryParse(named.Name, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        let name = listed ? queue.Value ?? queue["Name"] ?? queue["0"] : named.Name
        let weight = !listed && queue.Value is not null ? queue.Path : listed && queue["0"] is not null ? $"{queue.Path}:1" : $"{queue.Path}:Weight"
        where !string.IsNullOrWhiteSpace(name)
        select new NamedQueue(name, queue.Path, weight, inside);
}
