using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Zanshin.Cli.Work.Exec;

/// <summary>One process of the command, with all that it starts. Owned by one run at a time; after <see cref="EndAsync"/> nothing of it is alive that SIGKILL ends.</summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan KillEnds = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PipesEnd = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly Descendants _descendants;
    private readonly ILogger _log;
    private readonly List<Task> _pumps = []; // what reads and writes its pipes

    private ChildProcess(Process process, Descendants descendants, ILogger log) => (_process, _descendants, _log, Id) = (process, descendants, log, process.Id);

    public int Id { get; }

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    public Stream Errors => _process.StandardError.BaseStream;

    /// <exception cref="NotDoneException">It cannot be started.</exception>
    public static ChildProcess Start(Descendants descendants, CommandLine command, IEnumerable<(string Name, string Value)> environment, ILogger log) =>
        new(descendants.Start(command, environment), descendants, log);

    /// <summary>Work on its pipes, which ends when the process does.</summary>
    public void Beside(Task pump) => _pumps.Add(pump);

    public Task ExitAsync(CancellationToken cancel) => _process.WaitForExitAsync(cancel);

    /// <summary>Whether it ends by itself within that time.</summary>
    public async Task<bool> ExitsWithinAsync(TimeSpan time)
    {
        using var limit = new CancellationTokenSource(time, TimeProvider.System);
        try
        {
            await ExitAsync(limit.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>SIGTERM to it and to what it started, SIGKILL to what is there after the grace.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        long from = TimeProvider.System.GetTimestamp();
        _descendants.Terminate(_process);
        if (!await ExitsWithinAsync(grace))
        {
            _log.IgnoresTerm(Id, grace);
            _descendants.Kill(_process);
            if (!await ExitsWithinAsync(KillEnds))
            {
                // The system holds it, say in a disk that does not answer: it goes on being a run of its own, and nobody waits for it.
                _log.CannotEnd(1);
                return;
            }
        }
        // Its group has had the SIGTERM too, and has the same time.
        while (_descendants.Left(Id) > 0 && TimeProvider.System.GetElapsedTime(from) < grace)
            await Task.Delay(Look, TimeProvider.System);
        await EndAsync();
    }

    /// <summary>After its own process has ended: ends what it left behind, and its pipes with it. How many processes that were.</summary>
    public async Task<int> EndAsync()
    {
        (int found, int remaining) = await _descendants.EndAsync(Id);
        if (remaining > 0)
            _log.CannotEnd(remaining);
        try
        {
            await Task.WhenAll(_pumps).WaitAsync(PipesEnd, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            // Somebody out of reach holds the other end: ours is closed.
        }
        return found;
    }

    public void Dispose()
    {
        // Streams that were handed out are not closed by the process.
        foreach (Stream pipe in (Stream[])[Input, Output, Errors])
        {
            try
            {
                pipe.Dispose();
            }
            catch (IOException)
            {
                // What was still to be written has no reader.
            }
        }
        _process.Dispose();
    }
}
