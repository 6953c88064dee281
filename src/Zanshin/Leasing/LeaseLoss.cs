namespace Zanshin.Leasing;

internal enum LeaseLoss
{
    /// <summary>No extension was confirmed before the deadline.</summary>
    NotConfirmed,

    /// <summary>SQS answered that the receipt is not valid any more.</summary>
    Refused,

    /// <summary>12 hours after the receipt SQS ends every lease.</summary>
    TwelveHours,
}
