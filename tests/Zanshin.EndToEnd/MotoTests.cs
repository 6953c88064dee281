using System.Text.Json;

namespace Zanshin.EndToEnd;

/// <summary>Another SQS that nobody here has written: moto (github.com/getmoto/moto), where it is installed.</summary>
public class MotoTests
{
    [Fact]
    public async Task The_demo_works_against_moto()
    {
        string? program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(static d => Path.Combine(d, "moto_server")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, "moto_server is not on the PATH (pip install 'moto[server]').");
        int port = LocalServer.FreePort();
        await using Child moto = Child.Start(program!, ["-H", "127.0.0.1", "-p", $"{port}"]);
        using var http = new HttpClient();
        bool answers = await AnswersAsync(moto, http, port);
        Assert.SkipUnless(answers, $"moto_server does not start here: {moto.Describe()}");

        // moto answers a tenth as fast as SQS, one request at a time: a visibility timeout that leaves it the time to.
        await using Child demo = await Child.RunToolAsync(
            "demo", "--count", "100", "--concurrency", "10", "--visibility", "30s", "--endpoint", $"http://127.0.0.1:{port}", "--json");

        using JsonDocument result = JsonDocument.Parse(demo.Out.TrimEnd().Split('\n')[^1]);
        Assert.Equal(100, result.RootElement.GetProperty("distinct").GetInt32());
        Assert.Equal(0, result.RootElement.GetProperty("leasesLost").GetInt32());
        Assert.All(result.RootElement.GetProperty("left").EnumerateObject(), static p => Assert.True(p.Value.ValueKind == JsonValueKind.Null || p.Value.GetInt32() == 0, p.Name));
    }

    private static async Task<bool> AnswersAsync(Child moto, HttpClient http, int port)
    {
        try
        {
            await Poll.UntilAsync("moto answers", async () => moto.HasExited || await IsUpAsync(http, port), seconds: 60);
        }
        catch (TimeoutException)
        {
            return false;
        }
        return !moto.HasExited;
    }

    private static async Task<bool> IsUpAsync(HttpClient http, int port)
    {
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/moto-api/"));
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
