using Zanshin;

namespace LeakyWorker.Bugs;

/// <summary>A loop over a periodic timer for every message, which nobody ends.</summary>
internal sealed class PeriodicExtender(bool isFixed) : Bug(isFixed)
{
    public override IDisposable Begin(Message<string> message, CancellationToken cancel)
    {
        var timer = new PeriodicTimer(TimeSpan.FromSeconds(20));
        _ = ExtendAsync(timer);
        return IsFixed ? timer : Ended.Nothing;
    }

    private static async Task ExtendAsync(PeriodicTimer timer)
    {
        while (await timer.WaitForNextTickAsync())
        {
            // Would change the message's visibility.
        }
    }
}
