using Zanshin.Leasing;

namespace Zanshin.Settling;

/// <summary>Step 5 of a message's life: its outcome reaches SQS, once, in batches, until its lease is over.</summary>
internal sealed class Settler(LeaseKeeper leases, Deletes deletes, Returns returns, Redrive redrive, Rejects rejects, Hops hops) : IDisposable
{
    /// <summary>Where the queue's dead letters go, and when.</summary>
    public Redrive Redrive => redrive;

    /// <summary>Whether a dead-letter queue is known to copy rejected messages to.</summary>
    public bool CanReject => redrive.DeadLetters is not null;

    public void Start()
    {
        deletes.Start();
        returns.Start();
    }

    /// <returns>Whether the delete was confirmed while the lease held; if not, the message may come again.</returns>
    public Task<bool> DeleteAsync(Lease lease, double endsPerSecond, bool urgent)
    {
        leases.Deleting(lease);
        return deletes.AddAsync(lease, TimeSpan.Zero, endsPerSecond, urgent);
    }

    /// <summary>Makes the message visible again after <paramref name="after"/>, once no extension is under way that would undo it.</summary>
    /// <returns>Whether that was confirmed; if not, it becomes visible when its lease ends.</returns>
    public async Task<bool> ReturnAsync(Lease lease, TimeSpan after, double endsPerSecond, bool urgent) =>
        await leases.DetachAsync(lease) && await returns.AddAsync(lease, after, endsPerSecond, urgent);

    /// <summary>Copies a rejected message to the dead-letter queue with the reason; it is to be deleted next. A crash in between leaves both.</summary>
    /// <returns>False when the copy could not be made in time, or while the lease held.</returns>
    public Task<bool> CopyAsync(Lease lease, Amazon.SQS.Model.Message raw, string reason, int attempt) => rejects.CopyAsync(lease, raw, reason, attempt);

    /// <summary>Sends a message on that is not due yet; it is to be deleted next. A crash in between leaves both.</summary>
    /// <returns>False when that could not be done in time, or while the lease held.</returns>
    public Task<bool> CarryAsync(Lease lease, Amazon.SQS.Model.Message raw, DueTime due) => hops.CarryAsync(lease, raw, due);

    /// <summary>From here nothing waits for company.</summary>
    public void Hasten()
    {
        deletes.Hasten();
        returns.Hasten();
    }

    public Task StopAsync() => Task.WhenAll(deletes.StopAsync(), returns.StopAsync());

    public void Dispose()
    {
        deletes.Dispose();
        returns.Dispose();
    }
}
