using System.Diagnostics;
using System.Globalization;
using Zanshin.Bench.Harness;

namespace Zanshin.Bench.Cpu;

/// <summary>Plays rounds, each in a process of its own: what one has compiled and collected is not the next one's.</summary>
/// <param name="command">The hidden command that plays one.</param>
internal sealed class CpuChild(string command, int concurrency)
{
    /// <param name="which">The command's first argument.</param>
    /// <param name="least">Messages before which nothing counts.</param>
    /// <param name="most">Messages after which all count, whether or not the process is still being compiled.</param>
    public async Task<CpuFigures> OverLoopbackAsync(string which, QueueProcess queue, string name, int least, int most, int messages)
    {
        using var backlog = new Backlog(queue.Endpoint);
        string url = await backlog.CreateAsync(name, TimeSpan.FromSeconds(30));
        await backlog.FillAsync(url, most + messages + 2_000);
        CpuFigures figures = await RunAsync(which, queue.Endpoint, url, least, most, messages);
        await backlog.DeleteAsync(url);
        return figures;
    }

    public Task<CpuFigures> OverStubAsync(string which, int least, int most, int messages) => RunAsync(which, null, StubSqs.Url, least, most, messages);

    private async Task<CpuFigures> RunAsync(string which, string? endpoint, string url, int least, int most, int messages)
    {
        string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
        string[] args = [command, which, url, "--least", Text(least), "--most", Text(most), "--messages", Text(messages), "--concurrency", Text(concurrency)];
        using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, endpoint is null ? args : [.. args, "--endpoint", endpoint])
        {
            RedirectStandardOutput = true,
            Environment = { [Standstill.Sooner] = "0" },
        })!;
        string figures = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        if (child.ExitCode != 0)
            throw new InvalidOperationException($"A round of {which} ended with exit code {child.ExitCode}.");
        return CpuFigures.FromJson(figures);
    }
}
