namespace Zanshin.Cli.Sqs;

/// <summary>Asks before something is destroyed. Before signals are caught: Ctrl+C at the question just ends the tool.</summary>
internal static class Consent
{
    /// <param name="what">What is about to happen, as a sentence without its full stop.</param>
    /// <exception cref="Refusal">There is nobody to ask.</exception>
    public static bool Given(bool yes, string what)
    {
        if (yes)
            return true;
        if (Console.IsInputRedirected)
            throw new Refusal($"{what}: nobody can be asked here, so add --yes if that is meant.");
        Console.Error.Write(Printable.Line($"{what}. Go on? [y/N] "));
        if (Console.ReadLine()?.Trim() is "y" or "Y" or "yes")
            return true;
        Console.Error.WriteLine("zanshin: nothing was done.");
        return false;
    }
}
