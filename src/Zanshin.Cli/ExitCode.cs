namespace Zanshin.Cli;

internal static class ExitCode
{
    public const int Good = 0;

    /// <summary>Bad input, or the command did not reach what it promises.</summary>
    public const int Bad = 1;

    /// <summary>Ended by Ctrl+C or a termination signal, as shells count it (128 + SIGINT).</summary>
    public const int Interrupted = 130;
}
