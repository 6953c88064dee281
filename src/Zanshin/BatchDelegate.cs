namespace Zanshin;

/// <summary>The rest of the pipeline, down to the batch handler.</summary>
public delegate ValueTask<BatchOutcome> BatchDelegate(IReadOnlyList<Message> batch, CancellationToken cancel);
