namespace Zanshin.Observing;

/// <summary>What a request is taken to cost, in US dollars.</summary>
internal static class RequestPrice
{
    /// <summary>A request to a FIFO queue costs a quarter more (Amazon SQS pricing).</summary>
    private const decimal Fifo = 1.25m;

    public static decimal Of(ZanshinBuilder setup, bool fifo) => setup.PricePerMillionRequests / 1_000_000 * (fifo ? Fifo : 1);
}
