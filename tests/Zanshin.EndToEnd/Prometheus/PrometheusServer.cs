using System.Text.Json;

namespace Zanshin.EndToEnd.Prometheus;

/// <summary>Debian's Prometheus as a process on loopback, which scrapes one target and judges rules every second.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zanshin-prometheus-");
    private readonly HttpClient _http;
    private readonly Child _child;

    private PrometheusServer(string prometheus, int target, string rules)
    {
        int port = LocalServer.FreePort();
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v1/") };
        File.WriteAllText(Path.Combine(_directory.FullName, "rules.yml"), rules);
        string configuration = Path.Combine(_directory.FullName, "prometheus.yml");
        File.WriteAllText(configuration, $$"""
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: [ rules.yml ]
            scrape_configs:
            - job_name: worker
              static_configs: [ { targets: [ "127.0.0.1:{{target}}" ] } ]
            """);
        _child = Child.Start(prometheus, [
            $"--config.file={configuration}", $"--storage.tsdb.path={Path.Combine(_directory.FullName, "data")}", $"--web.listen-address=127.0.0.1:{port}", "--query.lookback-delta=10s"]);
    }

    /// <summary>Where the program is: installed, or unpacked by <c>./test</c>; null for nowhere.</summary>
    public static string? Find(string program) => new[] { "/usr/bin", "/usr/local/bin", Path.Combine(Artifacts.Root, "artifacts", "prometheus", "usr", "bin") }
        .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);

    /// <param name="target">The port that is scraped.</param>
    public static async Task<PrometheusServer> StartAsync(int target, string rules)
    {
        var server = new PrometheusServer(Find("prometheus")!, target, rules);
        try
        {
            await Poll.UntilAsync("Prometheus scrapes", async () => server._child.HasExited || await server.QueryAsync("up == 1") is [_], server.Describe);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public string Describe() => _child.Describe();

    /// <summary>The labels of every series that a query gives.</summary>
    public async Task<List<Dictionary<string, string>>> QueryAsync(string query)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(await _http.GetStringAsync(new Uri($"query?query={Uri.EscapeDataString(query)}", UriKind.Relative)));
            return [.. json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray()
                .Select(static r => r.GetProperty("metric").EnumerateObject().ToDictionary(static l => l.Name, static l => l.Value.GetString()!))];
        }
        catch (HttpRequestException)
        {
            // It does not listen yet.
            return [];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _child.DisposeAsync();
        _http.Dispose();
        _directory.Delete(recursive: true);
    }
}
