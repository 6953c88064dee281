namespace Zanshin;

/// <summary>The rest of the pipeline, down to the handler.</summary>
public delegate ValueTask<Outcome> MessageDelegate(Message message, CancellationToken cancel);
