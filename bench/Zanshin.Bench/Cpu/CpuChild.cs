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
    public async Task<CpuFigures> OverLoopbackAsync(string which, QueueProcess queue, string name, int least, int most, int messages, int queues = 1)
    {
        using var backlog = new Backlog(queue.Endpoint);
        List<string> urls = [];
        for (int i = 0; i < queues; i++)
            urls.Add(await backlog.CreateAsync($"{name}-{i}", TimeSpan.FromSeconds(30)));
        // Some are worked a little faster than others: none may end before the last message counts.
        int each = (int)((most + messages) * (queues == 1 ? 1 : 1.2) / queues) + 2_000 / queues + 50;
        foreach (string url in urls)
            await backlog.FillAsync(url, each);
        CpuFigures figures = await RunAsync(which, queue.Endpoint, urls[0][..^2], least, most, messages, queues);
        foreach (string url in urls)
            await backlog.DeleteAsync(url);
        return figures;
    }

    public Task<CpuFigures> OverStubAsync(string which, int least, int most, int messages) => RunAsync(which, null, StubSqs.Url, least, most, messages, 1);

    private async Task<CpuFigures> RunAsync(string which, string? endpoint, string url, int least, int most, int messages, int queues)
    {
        string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
        string[] args = [command, which, url, "--least", Text(least), "--most", Text(most), "--messages", Text(messages), "--concurrency", Text(concurrency), "--queues", Text(queues)];
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
