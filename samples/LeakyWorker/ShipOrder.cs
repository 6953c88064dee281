using Zanshin;

namespace LeakyWorker;

/// <summary>The handler: works some milliseconds, beside what the bug has begun.</summary>
internal sealed class ShipOrder(Bug bug) : IHandleDone<string>
{
    public async ValueTask HandleAsync(Message<string> message, CancellationToken cancel)
    {
        using IDisposable begun = bug.Begin(message, cancel);
        // Something that is begun and ends, as every handler has: not a leak.
        var helper = new Thread(static () => { }) { Name = "short-lived" };
        helper.Start();
        await Task.Delay(Random.Shared.Next(5, 30), cancel);
        helper.Join();
    }
}
