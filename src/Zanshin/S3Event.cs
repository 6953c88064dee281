namespace Zanshin;

/// <summary>
/// A notification of Amazon S3: what happened to one object or several. Read with <see cref="Body.S3Event"/>.
/// </summary>
public sealed record S3Event
{
    /// <summary>
    /// S3's test (<c>s3:TestEvent</c>), which a queue gets when a bucket's notifications are set up: it has no records, so a handler that goes through
    /// them does nothing and is done.
    /// </summary>
    public bool IsTest { get; init; }

    /// <summary>What happened. Empty for a test.</summary>
    public IReadOnlyList<S3Record> Records { get; init; } = [];
}
