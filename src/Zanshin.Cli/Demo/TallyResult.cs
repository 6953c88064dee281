namespace Zanshin.Cli.Demo;

/// <param name="Processed">Runs that ended well.</param>
/// <param name="Redelivered">Runs of a message that had been received before, here or elsewhere.</param>
/// <param name="Took">From the worker's start to the end of the last run.</param>
internal sealed record TallyResult(
    int Expected, int Processed, int Distinct, int Redelivered, TimeSpan Took, SortedDictionary<string, TypeTally> ByType);
