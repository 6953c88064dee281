using Zanshin;

namespace LeakyWorker.Bugs;

/// <summary>An order that wants to know of prices.</summary>
internal sealed class PricedOrder(Message<string> message)
{
    public decimal Price { get; private set; }

    public override string ToString() => $"{message.Body} at {Price}";

    public void OnPrice(decimal price) => Price = price;
}
