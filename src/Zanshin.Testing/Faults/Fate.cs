using Zanshin.LocalQueue;
using Zanshin.LocalQueue.Actions;

namespace Zanshin.Testing.Faults;

/// <summary>What becomes of a call that was struck.</summary>
internal delegate ValueTask<SqsResponse> Fate(ReadCall call, CancellationToken cancel);
