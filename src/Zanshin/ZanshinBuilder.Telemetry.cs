namespace Zanshin;

/// <content>What is measured.</content>
public sealed partial class ZanshinBuilder
{
    /// <inheritdoc cref="ZanshinOptions.PricePerMillionRequests"/>
    public decimal PricePerMillionRequests
    {
        get => Options.PricePerMillionRequests;
        set => Options.PricePerMillionRequests = value;
    }

    /// <inheritdoc cref="ZanshinOptions.BacklogInterval"/>
    public TimeSpan? BacklogInterval
    {
        get => Options.BacklogInterval;
        set => Options.BacklogInterval = value;
    }

    /// <inheritdoc cref="ZanshinOptions.RetriesAreErrors"/>
    public bool RetriesAreErrors
    {
        get => Options.RetriesAreErrors;
        set => Options.RetriesAreErrors = value;
    }
}
