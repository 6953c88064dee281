using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Zanshin.Cli.Work;

/// <summary>
/// The worker's configuration: the file, the environment (<c>Zanshin__Concurrency</c>) and the command line, each over the one before. Read once, at start.
/// </summary>
internal sealed class WorkConfiguration
{
    private const string Section = "Zanshin";

    private WorkConfiguration(IConfigurationRoot read, IReadOnlyList<WorkedQueue> queues) => (Read, Queues) = (read, queues);

    public IConfigurationRoot Read { get; }

    /// <summary>What is to be worked. May be empty.</summary>
    public IReadOnlyList<WorkedQueue> Queues { get; }

    /// <exception cref="Refusal">The file cannot be read, or has no such group.</exception>
    public static WorkConfiguration Of(WorkOptions options)
    {
        IConfigurationRoot given = Given(options.Config);
        List<NamedQueue> named = [.. NamedQueue.In(given.GetSection(Section))];
        if (options.Group is { } group && !named.Exists(q => q.Group == group))
        {
            string[] groups = [.. named.Select(static q => q.Group).OfType<string>().Distinct()];
            throw new Refusal($"there is no group '{group}' with queues in the configuration: {(groups.Length == 0 ? "it has none" : $"it has {string.Join(", ", groups)}")}.");
        }
        IReadOnlyList<WorkedQueue> queues = options.Queues.Count > 0 ? options.Queues
            : [.. named.Where(q => options.Group is null || q.Group == options.Group).Select(static q => q.Name).Distinct().Select(static name => new WorkedQueue(name, null))];
        HashSet<string> worked = new(queues.Select(static q => q.Key), StringComparer.OrdinalIgnoreCase);

        // What the file says of other queues is for other workers.
        List<string> dropped = [.. named.Where(q => !worked.Contains(WorkedQueue.KeyOf(q.Name))).Select(static q => q.Path)];
        if (options.Queues.Count > 0 || options.Group is not null)
            dropped.Add($"{Section}:Only");
        var all = new ConfigurationBuilder();
        all.AddInMemoryCollection(given.AsEnumerable().Where(pair => pair.Value is not null && !dropped.Exists(path => IsIn(pair.Key, path))));
        all.AddInMemoryCollection(FromCommandLine(options, queues));
        return new WorkConfiguration(all.Build(), queues);
    }

    private static IConfigurationRoot Given(FileInfo? file)
    {
        var given = new ConfigurationBuilder();
        if (file is null)
            return given.AddEnvironmentVariables().Build();
        if (file.Extension.ToUpperInvariant() is ".YML" or ".YAML")
            throw new Refusal($"the configuration '{file}' is YAML: give a JSON file, in the shape of appsettings.json, with a section \"{Section}\".");
        if (!file.Exists)
            throw new Refusal($"there is no configuration '{file}'.");
        try
        {
            given.AddJsonFile(file.FullName, optional: false, reloadOnChange: false);
            IConfigurationRoot read = given.AddEnvironmentVariables().Build();
            if (!read.GetSection(Section).Exists())
                throw new Refusal($"the configuration '{file}' has no section \"{Section}\": its queues and options stand there, as in appsettings.json.");
            return read;
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new Refusal($"the configuration '{file}' cannot be read: {Reason(exception)}", exception);
        }
    }

    private static string Reason(Exception exception)
    {
        for (Exception? at = exception; at is not null; at = at.InnerException)
        {
            if (at is JsonException)
                return at.Message;
        }
        return exception.Message;
    }

    private static bool IsIn(string key, string path) =>
        key.StartsWith(path, StringComparison.OrdinalIgnoreCase) && (key.Length == path.Length || key[path.Length] == ':');

    private static Dictionary<string, string?> FromCommandLine(WorkOptions options, IReadOnlyList<WorkedQueue> queues)
    {
        Dictionary<string, string?> said = [];
        if (options.Concurrency is { } concurrency)
            said[$"{Section}:Concurrency"] = concurrency.ToString(CultureInfo.InvariantCulture);
        if (options.Delay is { } delay)
            said[$"{Section}:Delay"] = delay.ToString("c", CultureInfo.InvariantCulture);
        if (options.Place.Endpoint is { } endpoint)
            said[$"{Section}:Endpoint"] = endpoint.OriginalString;
        foreach (WorkedQueue queue in queues)
        {
            if (queue.Weight is { } weight)
                said[$"{Section}:Queues:{queue.Key}:Weight"] = weight.ToString(CultureInfo.InvariantCulture);
            Say("Visibility", options.Visibility);
            Say("WaitTime", options.WaitTime);
            Say("TimeLimit", options.TimeLimit);

            void Say(string option, TimeSpan? time)
            {
                if (time is { } value)
                    said[$"{Section}:Queues:{queue.Key}:{option}"] = value.ToString("c", CultureInfo.InvariantCulture);
            }
        }
        return said;
    }
}
