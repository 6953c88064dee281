using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>One entry of a batch failed; the others did not.</summary>
internal readonly record struct BatchError(string Id, SqsError Error);
