namespace Zanshin;

/// <summary>
/// What happened to one object. Notifications may come twice and in any order; of two of the same key the one with the greater
/// <see cref="Sequencer"/> is the later.
/// </summary>
public sealed record S3Record
{
    /// <summary>What happened, as in <c>ObjectCreated:Put</c>.</summary>
    public required string EventName { get; init; }

    public required string Bucket { get; init; }

    /// <summary>The object's key as it is: S3 sends it URL-encoded, with <c>+</c> for a space, and this is decoded.</summary>
    public required string Key { get; init; }

    public DateTimeOffset EventTime { get; init; }

    public string? Region { get; init; }

    public string? BucketArn { get; init; }

    /// <summary>In bytes; null where S3 does not say, as for deleted objects.</summary>
    public long? Size { get; init; }

    public string? ETag { get; init; }

    /// <summary>Null where the bucket has no versions.</summary>
    public string? VersionId { get; init; }

    /// <summary>Hexadecimal; to compare two of different length, the shorter is padded on its left with zeros.</summary>
    public string? Sequencer { get; init; }

    /// <summary>The id of the notification in the bucket's configuration.</summary>
    public string? ConfigurationId { get; init; }

    /// <summary>Who did it.</summary>
    public string? PrincipalId { get; init; }
}
