using System.Text.Json;

namespace Zanshin.EndToEnd.Moto;

/// <summary>The demo on another SQS.</summary>
[Collection(MotoCollection.Name)]
public class MotoDemoTests(MotoServer moto)
{
    [Fact]
    public async Task The_demo_works_against_moto()
    {
        Assert.SkipWhen(moto.Missing is not null, moto.Missing ?? "");

        // moto answers a tenth as fast as SQS, one request at a time: a visibility timeout that leaves it the time to.
        await using Child demo = await Child.RunToolAsync(
            "demo", "--count", "100", "--concurrency", "10", "--visibility", "30s", "--endpoint", moto.Endpoint, "--json");

        using JsonDocument result = JsonDocument.Parse(demo.Out.TrimEnd().Split('\n')[^1]);
        Assert.Equal(100, result.RootElement.GetProperty("distinct").GetInt32());
        Assert.Equal(0, result.RootElement.GetProperty("leasesLost").GetInt32());
        Assert.All(result.RootElement.GetProperty("left").EnumerateObject(), static p => Assert.True(p.Value.ValueKind == JsonValueKind.Null || p.Value.GetInt32() == 0, p.Name));
    }
}
