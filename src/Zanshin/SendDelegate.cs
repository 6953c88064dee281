namespace Zanshin;

/// <summary>The rest of the send middleware. It returns when the message is ready to be sent, not when it has been sent.</summary>
public delegate ValueTask SendDelegate(Outgoing message, CancellationToken cancel);
