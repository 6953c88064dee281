using System.CommandLine;

namespace Zanshin.Cli.Sqs;

/// <summary>What the commands of <c>zanshin sqs</c> have in common.</summary>
internal static class SqsOptions
{
    public static Argument<string> Queue(string name = "QUEUE", string description = "Its name, URL or ARN.") => new(name) { Description = description };

    public static Option<bool> Json() => new("--json") { Description = "Print the result as one JSON document and nothing else." };

    public static Option<bool> Yes() => new("--yes", "-y") { Description = "Do not ask first." };

    public static Option<int> Number(string description) => new("--number", "-n")
    {
        Description = description,
        HelpName = "N",
        CustomParser = Given.Number("-n", 1, int.MaxValue),
    };

    /// <summary>Where nothing was given: all of them.</summary>
    public static long Limit(int number) => number == 0 ? long.MaxValue : number;
}
