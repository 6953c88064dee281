namespace Zanshin.LocalQueue.Engine;

/// <summary>What a receive with a ReceiveRequestAttemptId was given, so that its retry gets the same.</summary>
/// <param name="Id">The attempt id.</param>
/// <param name="Given">Message keys with their receive numbers, in the order given.</param>
/// <param name="Until">UTC ticks at which it is forgotten.</param>
internal sealed record AttemptEntry(string Id, (long Key, long ReceiveNumber)[] Given, long Until);
