using Microsoft.Extensions.Logging;
using Zanshin.Cli.Work.Exec;

namespace Zanshin.Cli.Work.Lines;

/// <summary>Processes that live long, as many as there are messages at once, each with one message at a time.</summary>
internal sealed class LinesTarget(CommandLine command, StopGrace grace, ILogger log) : Target
{
    private readonly Descendants _descendants = new();
    private readonly StartPace _pace = new();
    private readonly Lock _lock = new(); // guards _idle
    private readonly Stack<LinesProcess> _idle = []; // the last used first: what is not needed stays out of memory

    public override async ValueTask<Outcome> HandleAsync(Message<string> message, CancellationToken cancel)
    {
        LinesProcess? process = null;
        try
        {
            process = await IdleAsync() ?? await StartAsync(cancel);
            Outcome outcome = await process.AskAsync(message, cancel);
            _pace.Worked();
            _descendants.Reap();
            lock (_lock)
                _idle.Push(process);
            return outcome;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await GiveUpAsync(process, grace.For(message));
            throw Cancelled(message);
        }
        catch (NotDoneException exception)
        {
            _pace.Failed();
            if (process is not null)
                log.ProcessGivenUp(process.Id, exception.Message);
            await GiveUpAsync(process, grace.AtStop);
            throw;
        }
        catch
        {
            // Whatever it was: the process may be in the middle of something.
            await GiveUpAsync(process, grace.AtStop);
            throw;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_idle.Select(async process =>
        {
            using (process)
                await process.DismissAsync(grace.AtStop);
        }));
        await _descendants.EndAllAsync();
    }

    private async Task<LinesProcess?> IdleAsync()
    {
        while (true)
        {
            LinesProcess[] ended;
            lock (_lock)
            {
                ended = TakeEnded();
                if (ended.Length == 0)
                    return _idle.TryPop(out LinesProcess? process) ? process : null;
            }
            foreach (LinesProcess process in ended)
            {
                using (process)
                    await process.EndAsync();
            }
        }
    }

    // They left between two messages, as they may; also those that are not needed now.
    private LinesProcess[] TakeEnded()
    {
        LinesProcess[] ended = [.. _idle.Where(static p => p.HasExited)];
        if (ended.Length > 0)
        {
            LinesProcess[] living = [.. _idle.Except(ended)];
            _idle.Clear();
            foreach (LinesProcess process in living.Reverse())
                _idle.Push(process);
        }
        return ended;
    }

    private async Task<LinesProcess> StartAsync(CancellationToken cancel)
    {
        await _pace.WaitAsync(cancel);
        LinesProcess process = LinesProcess.Start(_descendants, command, log);
        log.ProcessStarted(process.Id);
        return process;
    }

    private static async Task GiveUpAsync(LinesProcess? process, TimeSpan grace)
    {
        if (process is null)
            return;
        using (process)
            await process.StopAsync(grace);
    }
}
