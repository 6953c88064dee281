namespace Zanshin;

/// <summary>A message that a buffer has accepted.</summary>
public readonly record struct BufferedSend
{
    private readonly Task<string?>? _result;

    internal BufferedSend(Task<string?> result) => _result = result;

    /// <summary>
    /// Done when SQS has the message: its id, or null when a send middleware withheld it. Fails with a <see cref="SendFailedException"/>, which is logged
    /// too: nobody has to ask for it.
    /// </summary>
    public Task<string?> Sent => _result is null ? Task.FromResult<string?>(null) : After(_result);

    // Comes back to the caller's context first: what waits for several at once runs there, and not on the loop that sends.
    private static async Task<string?> After(Task<string?> result) => await result;
}
