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
}
