using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Zanshin.Cli.Sqs;

namespace Zanshin.Cli.Work;

/// <summary>
/// The worker's configuration: the file, the environment (<c>Zanshin__Concurrency</c>) and the command line, each over the one before. Read once, at start.
/// </summary>
internal sealed class WorkConfiguration
{
    private const string Section = "Zanshin";
    private const string TimeoutKey = $"{Section}:Timeout";
    private const string EndpointKey = $"{Section}:Endpoint";

    /// <summary>What the host leaves a stop when nobody says.</summary>
    private static readonly TimeSpan StandardTimeout = TimeSpan.FromSeconds(30);

    private WorkConfiguration(IConfigurationRoot read, IReadOnlyList<WorkedQueue> queues, WorkOptions options)
    {
        (Read, Queues) = (read, queues);
        Timeout = options.Timeout ?? Time(read[TimeoutKey]) ?? StandardTimeout;
        // What is no URL the worker refuses at its start.
        Place = options.Place with { Endpoint = options.Place.Endpoint ?? (Uri.TryCreate(read[EndpointKey], UriKind.Absolute, out Uri? endpoint) ? endpoint : null) };
    }

    public IConfigurationRoot Read { get; }

    /// <summary>What is to be worked. May be empty.</summary>
    public IReadOnlyList<WorkedQueue> Queues { get; }

    /// <summary>How long a stop may take.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>Which SQS.</summary>
    public SqsPlace Place { get; }

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

        // What the file says of other queues, and of groups that are left without any, is for other workers.
        List<string> dropped = [.. named.Where(q => !worked.Contains(q.Key)).Select(static q => q.Path)];
        dropped.AddRange(named.Where(static q => q.Group is not null).GroupBy(static q => q.Group).Where(g => !g.Any(q => worked.Contains(q.Key))).Select(static g => $"{Section}:Groups:{g.Key}"));
        if (options.Queues.Count > 0 || options.Group is not null)
            dropped.Add($"{Section}:Only");
        // It would have the last word over the host's time-out, which -t is.
        if (options.Timeout is not null)
            dropped.Add(TimeoutKey);
        var all = new ConfigurationBuilder();
        all.AddInMemoryCollection(given.AsEnumerable().Where(pair => pair.Value is not null && !dropped.Exists(path => IsIn(pair.Key, path))));
        all.AddInMemoryCollection(FromCommandLine(options));
        all.AddInMemoryCollection(Overruled(options, all.Build(), queues, named.Where(q => worked.Contains(q.Key))));
        return new WorkConfiguration(all.Build(), queues, options);
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

    private static TimeSpan? Time(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) ? (seconds is > 0 and <= 86_400 ? TimeSpan.FromSeconds(seconds) : null)
        : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan time) && time > TimeSpan.Zero ? time : null;

    private static Dictionary<string, string?> FromCommandLine(WorkOptions options)
    {
        Dictionary<string, string?> said = [];
        // Over all queues, in whatever groups.
        if (options.Concurrency is { } concurrency)
            said[$"{Section}:Concurrency"] = said[$"{Section}:MaxConcurrency"] = Text(concurrency);
        if (options.Delay is { } delay)
            said[$"{Section}:Delay"] = Text(delay);
        if (options.WaitForSqs is { } wait)
            said[$"{Section}:WaitForSqs"] = Text(wait);
        if (options.Place.Endpoint is { } endpoint)
            said[EndpointKey] = endpoint.OriginalString;
        return said;
    }

    // What is said of queues is set on them (WorkHost); where the file says it too, it must not have the last word.
    private static Dictionary<string, string?> Overruled(WorkOptions options, IConfigurationRoot file, IReadOnlyList<WorkedQueue> queues, IEnumerable<NamedQueue> named)
    {
        Dictionary<string, string?> said = [];
        if (options.Concurrency is { } concurrency)
        {
            foreach (IConfigurationSection group in file.GetSection($"{Section}:Groups").GetChildren())
                Over($"{group.Path}:Concurrency", Text(concurrency));
        }
        foreach (NamedQueue name in named)
        {
            if ((queues.FirstOrDefault(q => q.Name == name.Name) ?? queues.First(q => string.Equals(q.Key, name.Key, StringComparison.OrdinalIgnoreCase))).Weight is { } weight)
            {
                Over(name.WeightPath, Text(weight));
                Over($"{name.Path}:Weight", Text(weight));
            }
            OverTime("Visibility", options.Visibility);
            OverTime("WaitTime", options.WaitTime);
            OverTime("TimeLimit", options.TimeLimit);
            OverTime("Delay", options.Delay);

            void OverTime(string option, TimeSpan? time)
            {
                if (time is { } value)
                    Over($"{name.Path}:{option}", Text(value));
            }
        }
        return said;

        void Over(string path, string value)
        {
            if (file[path] is not null)
                said[path] = value;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan time) => time.ToString("c", CultureInfo.InvariantCulture);
}
