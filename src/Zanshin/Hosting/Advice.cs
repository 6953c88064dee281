using System.Globalization;
using Amazon.SQS;
using Zanshin.Leasing;
using Zanshin.Sqs;

namespace Zanshin.Hosting;

/// <summary>What works but will surprise: said once, at the start.</summary>
internal static class Advice
{
    /// <summary>A call to SQS with a new connection takes that long now and then.</summary>
    private static readonly TimeSpan LeastCall = TimeSpan.FromMilliseconds(500);

    public static IEnumerable<string> For(ZanshinBuilder worker, QueueBuilder setup, QueueFacts facts, QueueFacts? deadLetters, IAmazonSQS client)
    {
        string name = QueueResolver.NameOf(facts.Url);
        if (client.Config is { MaxErrorRetry: > 0 } or { MaxStaleConnectionRetries: > 0 })
            yield return $"The SQS client of queue '{name}' retries by itself (MaxErrorRetry {client.Config.MaxErrorRetry}, MaxStaleConnectionRetries {client.Config.MaxStaleConnectionRetries}): its retries are not counted, wait unseen, and repeat a FIFO receive's attempt id after a throttle. Set both to 0; the worker retries.";
        var leases = new LeaseSchedule(setup.Visibility ?? facts.Visibility);
        if (leases.CallLimit < LeastCall || leases.CallLimit < 4 * facts.RoundTrip)
            yield return string.Create(CultureInfo.InvariantCulture, $"Queue '{name}' has a visibility timeout of {leases.Visibility.TotalSeconds:0} s: each extension of it must be answered within {leases.CallLimit.TotalMilliseconds:0} ms, and SQS took {facts.RoundTrip.TotalMilliseconds:0} ms at the start. A slower answer or a short pause of the process loses the lease, and the message is run twice: set 30 s (VisibilityTimeout of the queue, or q.Visibility); a lease is extended for as long as the handler runs.");
        if (setup.Reject == RejectPolicy.DeadLetter && deadLetters is null)
            yield return $"Queue '{name}' has no dead-letter queue: a rejected message is retried. Give the queue a redrive policy, or set Reject to Delete.";
        if (setup.Batches.Count > 0 && setup.Middleware.Types.Count > 0)
            yield return $"Queue '{name}' is handled in batches: the worker's middleware for single messages ({string.Join(", ", setup.Middleware.Layers.Select(static m => m.Name))}) is not called for them. Use z.UseBatch<...>() for what they need, or q.Middleware.Clear() if nothing.";
        if (facts is { Fifo: true, MaxReceiveCount: < 5 })
            yield return $"FIFO queue '{name}' has a maxReceiveCount of {facts.MaxReceiveCount}: messages that only stood behind a failing one may reach the dead-letter queue. Set it to 5 or more.";
    }
}
