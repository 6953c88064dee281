namespace Zanshin.Tracing.Heap;

/// <summary>A type that becomes more, with what holds it and what becomes more along with it: one cause.</summary>
/// <param name="Type">The user's own, if there is one; else the one nearest to the root.</param>
/// <param name="Before">Instances at the first snapshot.</param>
/// <param name="After">And at the last.</param>
/// <param name="Bytes">By how many the whole cause has grown.</param>
/// <param name="PerMessage">Instances for each message; null where no messages were counted.</param>
/// <param name="HeldBy">From the root to an instance.</param>
/// <param name="With">Other types of the same cause, most bytes first.</param>
internal sealed record HeapGrowth(string Type, long Before, long After, long Bytes, double? PerMessage, IReadOnlyList<string> HeldBy, IReadOnlyList<TypeGrowth> With);
