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
    private const string QueuesKey = $"{Section}:Queues";

    private WorkConfiguration(IConfigurationRoot read, IReadOnlyList<WorkedQueue> queues) => (Read, Queues) = (read, queues);

    public IConfigurationRoot Read { get; }

    /// <summary>What is to be worked. May be empty.</summary>
    public IReadOnlyList<WorkedQueue> Queues { get; }

    /// <exception cref="Refusal">The file cannot be read.</exception>
    public static WorkConfiguration Of(WorkOptions options)
    {
        IConfigurationRoot given = Given(options.Config);
        IReadOnlyList<WorkedQueue> queues = options.Queues.Count > 0
            ? options.Queues
            : [.. given.GetSection(QueuesKey).GetChildren().Select(static q => new WorkedQueue(q.Key, null))];
        HashSet<string> worked = new(queues.Select(static q => q.Key), StringComparer.OrdinalIgnoreCase);

        var all = new ConfigurationBuilder();
        // -q chooses: what the file says of other queues is for other workers.
        all.AddInMemoryCollection(given.AsEnumerable().Where(pair => pair.Value is not null && !IsOfAnother(pair.Key, worked)));
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

    private static bool IsOfAnother(string key, HashSet<string> worked)
    {
        if (!key.StartsWith($"{QueuesKey}:", StringComparison.OrdinalIgnoreCase))
            return false;
        string rest = key[(QueuesKey.Length + 1)..];
        int end = rest.IndexOf(':', StringComparison.Ordinal);
        return !worked.Contains(end < 0 ? rest : rest[..end]);
    }

    private static Dictionary<string, string?> FromCommandLine(WorkOptions options, IReadOnlyList<WorkedQueue> queues)
    {
        Dictionary<string, string?> said = [];
        if (options.Concurrency is { } concurrency)
            said[$"{Section}:Concurrency"] = concurrency.ToString(CultureInfo.InvariantCulture);
        if (options.Place.Endpoint is { } endpoint)
            said[$"{Section}:Endpoint"] = endpoint.OriginalString;
        foreach (WorkedQueue queue in queues)
        {
            Say("Visibility", options.Visibility);
            Say("WaitTime", options.WaitTime);
            Say("TimeLimit", options.TimeLimit);

            void Say(string option, TimeSpan? time)
            {
                if (time is { } value)
                    said[$"{QueuesKey}:{queue.Key}:{option}"] = value.ToString("c", CultureInfo.InvariantCulture);
            }
        }
        return said;
    }
}
