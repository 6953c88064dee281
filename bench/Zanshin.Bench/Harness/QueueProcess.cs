using System.Diagnostics;

namespace Zanshin.Bench.Harness;

/// <summary><c>zanshin local</c>, in memory on a free loopback port: the queue in a process of its own, ended with this object.</summary>
internal sealed class QueueProcess : IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private QueueProcess(Process process, string endpoint) => (_process, Endpoint) = (process, endpoint);

    public string Endpoint { get; }

    /// <summary>CPU that the queue has used so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<QueueProcess> StartAsync()
    {
        Process process = Process.Start(new ProcessStartInfo(Places.Tool, ["local", "--port", "0"]) { RedirectStandardOutput = true })!;
        try
        {
            using var limit = new CancellationTokenSource(LongestStart, TimeProvider.System);
            string? endpoint = null;
            while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                int url = line.IndexOf("http://", StringComparison.Ordinal);
                if (endpoint is null && url >= 0)
                    endpoint = line[url..];
                if (line.StartsWith("Ctrl+C", StringComparison.Ordinal))
                    return new QueueProcess(process, endpoint!);
            }
            throw new InvalidOperationException($"{Places.Tool} ended before it listened.");
        }
        catch
        {
            await EndAsync(process);
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await EndAsync(_process);

    private static async Task EndAsync(Process process)
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
