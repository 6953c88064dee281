namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// Standard queues: as they become visible. One that comes back goes behind the others, so a message that keeps failing starves none.
/// Those of a noisy tenant stand back while others wait, as on a fair queue of SQS.
/// </summary>
/// <remarks>
/// SQS developer guide, "How Amazon SQS fair queues work": noisy is a tenant with over 10 % of the messages in flight and at least 30 of
/// its own, or with over 10 % of the recent processing time. It is no longer when nothing of it waits, or when it has sent nothing
/// for 5 minutes. Quiet tenants come first; of noisy ones, that with the fewest in flight. What is recent SQS does not say: see <see cref="RecentTime"/>.
/// </remarks>
/// <param name="noisyInFlight">Messages in flight from which a tenant can be noisy.</param>
internal sealed class StandardOrder(int noisyInFlight = StandardOrder.NoisyInFlight) : DeliveryOrder
{
    internal const int NoisyInFlight = 30;
    private const int NoisyPart = 10;
    private const long QuietAfterTicks = 5 * TimeSpan.TicksPerMinute;

    /// <summary>Messages without a group: each is a tenant of its own and never noisy, so they can share one row.</summary>
    private readonly Tenant _alone = new("");
    private readonly Dictionary<string, Tenant> _tenants = new(StringComparer.Ordinal);

    /// <summary>Tenants with messages that wait, but for those in <see cref="_noisy"/>. One that has become noisy is found when it is first.</summary>
    private readonly IndexedHeap<Tenant, Tenant.ByTurn> _quiet = new();

    /// <summary>Never long: nine tenants can have more than a tenth of the messages in flight, and nine more than a tenth of the time.</summary>
    private readonly List<Tenant> _noisy = [];
    private RecentTime _time;
    private int _inFlight;
    private long _firstTurn;
    private long _lastTurn;

    internal override void Enter(StoredMessage message)
    {
        var tenant = TenantOf(message);
        message.Group = tenant;
        tenant.Messages++;
        tenant.LastSentAt = Math.Max(tenant.LastSentAt, message.SentAt);
        if (message.State == MessageState.Ready) Append(tenant, message);
        else if (message.State == MessageState.InFlight) CountInFlight(tenant, 1);
    }

    internal override void Show(StoredMessage message, MessageState from)
    {
        var tenant = (Tenant)message.Group!;
        if (from == MessageState.InFlight) EndFlight(tenant, message.VisibleAt - message.ReceivedAt);
        Append(tenant, message);
    }

    internal override void PutBack(StoredMessage message)
    {
        var tenant = (Tenant)message.Group!;
        CountInFlight(tenant, -1);
        message.Turn = --_firstTurn;
        tenant.Waiting.AddFirst(message);
        Place(tenant);
    }

    internal override StoredMessage? Next(MessageGroup? current)
    {
        SortOut();
        if (_quiet.TryPeek(out var quiet, out _)) return quiet.Waiting.First;
        Tenant? least = null;
        foreach (var tenant in _noisy)
        {
            if (least is null || (tenant.InFlight, tenant.Waiting.First!.Turn).CompareTo((least.InFlight, least.Waiting.First!.Turn)) < 0) least = tenant;
        }

        return least?.Waiting.First;
    }

    internal override void Take(StoredMessage message)
    {
        var tenant = (Tenant)message.Group!;
        tenant.Waiting.Remove(message);
        CountInFlight(tenant, 1);
        Place(tenant);
    }

    internal override void Leave(StoredMessage message, MessageState state)
    {
        if (state is MessageState.Outgoing or MessageState.Gone) return;
        var tenant = (Tenant)message.Group!;
        tenant.Messages--;
        if (state == MessageState.InFlight) EndFlight(tenant, Now - message.ReceivedAt);
        else if (state == MessageState.Ready) tenant.Waiting.Remove(message);
        Place(tenant);
    }

    private Tenant TenantOf(StoredMessage message)
    {
        if (message.GroupId is not { } id) return _alone;
        if (!_tenants.TryGetValue(id, out var tenant)) _tenants.Add(id, tenant = new(id));
        return tenant;
    }

    private void Append(Tenant tenant, StoredMessage message)
    {
        message.Turn = ++_lastTurn;
        tenant.Waiting.AddLast(message);
        Place(tenant);
    }

    private void CountInFlight(Tenant tenant, int change)
    {
        tenant.InFlight += change;
        _inFlight += change;
    }

    private void EndFlight(Tenant tenant, long took)
    {
        CountInFlight(tenant, -1);
        _time.Add(took, Now);
        tenant.Time.Add(took, Now);
    }

    /// <summary>Puts a tenant where it belongs after its messages have changed. Whether it is noisy is decided by <see cref="SortOut"/>.</summary>
    private void Place(Tenant tenant)
    {
        if (tenant.Waiting.First is null)
        {
            if (tenant.QuietPlace >= 0) _quiet.Remove(tenant);
            else if (tenant.Noisy) _noisy.Remove(tenant);
            tenant.Noisy = false;
            tenant.Time = default;
            if (tenant.Messages == 0) _tenants.Remove(tenant.Id);
        }
        else if (tenant.QuietPlace >= 0)
        {
            _quiet.Update(tenant);
        }
        else if (!tenant.Noisy)
        {
            _quiet.Add(tenant);
        }
    }

    /// <summary>Lets those go that are no longer noisy, and takes aside those that would be next and are.</summary>
    private void SortOut()
    {
        for (var i = _noisy.Count - 1; i >= 0; i--)
        {
            var tenant = _noisy[i];
            if (IsNoisy(tenant)) continue;
            tenant.Noisy = false;
            _noisy.RemoveAt(i);
            _quiet.Add(tenant);
        }

        while (_quiet.TryPeek(out var first, out _) && IsNoisy(first))
        {
            _quiet.Remove(first);
            first.Noisy = true;
            _noisy.Add(first);
        }
    }

    private bool IsNoisy(Tenant tenant) =>
        !ReferenceEquals(tenant, _alone)
        && Now - tenant.LastSentAt < QuietAfterTicks
        && ((tenant.InFlight >= noisyInFlight && tenant.InFlight * NoisyPart > _inFlight) || tenant.Time.At(Now) * NoisyPart > _time.At(Now));
}
