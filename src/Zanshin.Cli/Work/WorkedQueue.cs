using System.CommandLine.Parsing;
using System.Globalization;

namespace Zanshin.Cli.Work;

/// <summary>A queue as <c>-q</c> names it: <c>NAME</c> or <c>NAME,WEIGHT</c>.</summary>
/// <param name="Name">Its name, URL or ARN: none of them has a comma.</param>
/// <param name="Weight">How often it is asked, against the others; null where none was given.</param>
internal sealed record WorkedQueue(string Name, int? Weight)
{
    public const int MaxWeight = 1_000;

    /// <summary>The name under which its options stand in a configuration.</summary>
    public string Key => KeyOf(Name);

    public static string KeyOf(string queue) => queue[(queue.LastIndexOfAny(['/', ':']) + 1)..];

    public static WorkedQueue[] Read(ArgumentResult given)
    {
        List<WorkedQueue> queues = [];
        // An empty one counts for nothing, so that a script may pass a variable that is not set.
        foreach (string text in given.Tokens.Select(static t => t.Value).Where(static v => v.Length > 0))
        {
            int comma = text.LastIndexOf(',');
            string name = comma < 0 ? text : text[..comma];
            if (string.IsNullOrWhiteSpace(name))
                given.AddError($"--queue is '{text}': give a queue's name, URL or ARN before the comma, like orders,3.");
            else if (comma < 0)
                queues.Add(new(name, null));
            else if (int.TryParse(text.AsSpan(comma + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int weight) && weight is >= 1 and <= MaxWeight)
                queues.Add(new(name, weight));
            else
                given.AddError($"--queue is '{text}': the weight after the comma must be a whole number from 1 to {MaxWeight:N0}, like orders,3.");
        }
        foreach (IGrouping<string, WorkedQueue> twice in queues.GroupBy(static q => q.Name).Where(static g => g.Count() > 1))
            given.AddError($"--queue names '{twice.Key}' {twice.Count()} times: name it once; orders,3 gives it a weight.");
        return [.. queues];
    }
}
