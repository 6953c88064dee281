namespace Zanshin.LocalQueue.Server;

/// <summary>What callers sign their requests with.</summary>
/// <param name="accessKeyId">Names the key; it is sent in the clear.</param>
/// <param name="secretAccessKey">The key itself, which is never sent.</param>
public sealed class LocalSqsCredentials(string accessKeyId, string secretAccessKey)
{
    /// <summary>Names the key.</summary>
    public string AccessKeyId { get; } = NotEmpty(accessKeyId);

    internal string SecretAccessKey { get; } = NotEmpty(secretAccessKey);

    /// <summary>The key's name, without the key.</summary>
    public override string ToString() => AccessKeyId;

    private static string NotEmpty(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        return text;
    }
}
