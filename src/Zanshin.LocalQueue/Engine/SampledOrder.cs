namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// Standard queues whose messages lie on several servers, as at SQS: a receive hears from some of them and gets a few messages of each, so it often brings
/// fewer than it asked for although there are more, and now and then none.
/// </summary>
/// <remarks>
/// SQS developer guide, "Amazon SQS short and long polling": a short poll samples a subset of the servers and answers with what those have; a long poll asks all of
/// them and answers once it has at least one message. How many servers there are and how much each gives is not documented: the figures here are ours. From a large backlog a long
/// poll for ten brings 1 to 10, 7.4 on average, ten in a little under half of the answers; a short poll 5. Inside a server the order is that of <see cref="StandardOrder"/>.
/// </remarks>
internal sealed class SampledOrder : DeliveryOrder
{
    private const int ServerBits = 3;
    private const int Servers = 1 << ServerBits;
    private const int MostOfShortPoll = Servers / 2;
    private const int MostOfServer = 3;
    private const int OneEmptyIn = 40;
    private readonly Random _dice;
    private readonly StandardOrder[] _servers = [.. Enumerable.Range(0, Servers).Select(static _ => new StandardOrder(StandardOrder.NoisyInFlight / Servers))];

    /// <summary>The servers in the order in which the next receive asks them.</summary>
    private readonly int[] _asked = [.. Enumerable.Range(0, Servers)];

    /// <summary>How many messages each server still gives to the receive under way.</summary>
    private readonly int[] _gives = new int[Servers];
    private bool _sampling;

    internal SampledOrder(Random dice) => _dice = dice;

    internal override long Now
    {
        get => base.Now;
        set
        {
            base.Now = value;
            foreach (var server in _servers) server.Now = value;
        }
    }

    internal override void Enter(StoredMessage message) => Of(message).Enter(message);

    internal override void Show(StoredMessage message, MessageState from) => Of(message).Show(message, from);

    internal override void PutBack(StoredMessage message) => Of(message).PutBack(message);

    internal override void Leave(StoredMessage message, MessageState state) => Of(message).Leave(message, state);

    internal override void Take(StoredMessage message)
    {
        _gives[Place(message)]--;
        Of(message).Take(message);
    }

    internal override bool FindsNothing() => Next(null) is not null && _dice.Next(OneEmptyIn) == 0;

    /// <summary>Draws who answers: of a short poll up to half of the servers, whether they have messages or not; of a long poll any number of those that have some.</summary>
    internal override void BeginReceive(bool asksAll)
    {
        _sampling = true;
        _dice.Shuffle(_asked);
        Array.Clear(_gives);
        var left = asksAll ? _dice.Next(1, Servers + 1) : _dice.Next(1, MostOfShortPoll + 1);
        foreach (var server in _asked)
        {
            if (left == 0) break;
            if (asksAll && _servers[server].Next(null) is null) continue;
            _gives[server] = _dice.Next(1, MostOfServer + 1);
            left--;
        }
    }

    internal override void EndReceive() => _sampling = false;

    internal override StoredMessage? Next(MessageGroup? current)
    {
        foreach (var server in _asked)
        {
            if (_sampling && _gives[server] <= 0) continue;
            if (_servers[server].Next(null) is { } message) return message;
        }

        return null;
    }

    private StandardOrder Of(StoredMessage message) => _servers[Place(message)];

    /// <summary>By the key, so that a message is on the same server after a restart.</summary>
    private static int Place(StoredMessage message) => (int)(((ulong)message.Key * 0x9E3779B97F4A7C15) >> (64 - ServerBits));
}
