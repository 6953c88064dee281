using Zanshin;

namespace LeakyWorker.Bugs;

/// <summary>A subscription to an event that lives as long as the process: each message stays reachable.</summary>
internal sealed class PriceSubscription(bool isFixed) : Bug(isFixed)
{
    public static event Action<decimal>? PriceChanged;

    public static void Publish(decimal price) => PriceChanged?.Invoke(price);

    public override IDisposable Begin(Message<string> message, CancellationToken cancel)
    {
        var order = new PricedOrder(message);
        PriceChanged += order.OnPrice;
        return IsFixed ? new Ended(() => PriceChanged -= order.OnPrice) : Ended.Nothing;
    }
}
