using System.Diagnostics;
using System.Globalization;
using Zanshin.Bench.Harness;

namespace Zanshin.Bench.Cpu;

/// <summary>Plays rounds, each in a process of its own: what one has compiled and collected is not the next one's.</summary>
/// <param name="command">The hidden command that plays one.</param>
internal sealed class CpuChild(string command, int concurrency)
{
    /// <param name="which">The command's first argument.</param>
    public async Task<CpuFigures> OverLoopbackAsync(string which, QueueProcess queue, string name, int warmUp, int messages)
    {
        using var backlog = new Backlog(queue.Endpoint);
        string url = await backlog.CreateAsync(name, TimeSpan.FromSeconds(30));
        await backlog.FillAsync(url, warmUp + messages + 2_000);
        CpuFigures figures = await RunAsync(which, queue.Endpoint, url, warmUp, messages);
        await backlog.DeleteAsync(url);
        return figures;
    }

    public Task<CpuFigures> OverStubAsync(string which, int warmUp, int messages) => RunAsync(which, null, StubSqs.Url, warmUp, messages);

    private async Task<CpuFigures> RunAsync(string which, string? endpoint, string url, int warmUp, int messages)
    {
        string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
        string[] args = [command, which, url, "--warm-up", Text(warmUp), "--messages", Text(messages), "--concurrency", Text(concurrency)];
        using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, endpoint is null ? args : [.. args, "--endpoint", endpoint])
        {
            RedirectStandardOutput = true,
        })!;
        string figures = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        if (child.ExitCode != 0)
            throw new InvalidOperationException($"A round of {which} ended with exit code {child.ExitCode}.");
        return CpuFigures.FromJson(figures);
    }
}
