using System.CommandLine;

namespace Zanshin.Cli;

/// <summary>What the commands that look at another process have in common.</summary>
internal static class Observed
{
    public static Argument<int> AnyProcess() => new("PID") { Description = "The process, of any language.", CustomParser = Given.Process() };

    public static Argument<int> DotnetProcess() => new("PID")
    {
        Description = "A .NET process of yours on this machine. It needs no preparation.",
        CustomParser = Given.Process(),
    };

    public static Option<string> Messages() => new("--messages")
    {
        Description = "The EventSource whose Start and Stop events mark messages. Default: Zanshin's own.",
        HelpName = "PROVIDER",
        DefaultValueFactory = static _ => "Zanshin",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print the report as one JSON document and nothing else." };
}
