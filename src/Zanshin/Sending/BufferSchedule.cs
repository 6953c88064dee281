namespace Zanshin.Sending;

/// <summary>When the batch that stands first in a buffer goes out: pure arithmetic.</summary>
internal static class BufferSchedule
{
    /// <param name="full">Ten messages, or a mebibyte, or as much as the next one leaves room for.</param>
    /// <param name="hurried">Nothing is to wait for company: a flush, or a stop.</param>
    /// <param name="underWay">Calls under way: with none, waiting for company only costs time.</param>
    /// <param name="oldest">When the first of the batch was accepted.</param>
    public static TimeSpan GoesAt(bool full, bool hurried, int underWay, TimeSpan oldest, TimeSpan linger) =>
        full || hurried || underWay == 0 ? TimeSpan.Zero : oldest + linger;
}
