namespace Zanshin.Cli.Work.Exec;

/// <summary>What a command's exit code says of its message: the numbers of sysexits.h, where they fit.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>EX_TEMPFAIL: not a failure of the command, only not now.</summary>
    public const int Retry = 75;

    /// <summary>EX_USAGE and EX_DATAERR: the message itself cannot be worked.</summary>
    public static int[] Rejected { get; } = [64, 65];

    public static string Describe(int code) => code switch
    {
        126 => "exit code 126: it cannot be executed",
        127 => "exit code 127: it, or what it calls, was not found",
        > 128 and < 160 => $"exit code {code}: it was killed by signal {code - 128}",
        _ => $"exit code {code}",
    };
}
