using System.Collections.Concurrent;
using System.Text;
using Amazon.Runtime;

namespace Zanshin.Bench.Harness;

/// <summary>
/// What lies between a client and the queue: counts the requests, makes each round trip longer (half of it on the way there,
/// half on the way back), and shows the answers of receives as they arrive.
/// </summary>
internal sealed class Network(TimeSpan roundTrip) : DelegatingHandler(new SocketsHttpHandler())
{
    private static readonly byte[] MessageId = "\"MessageId\":\""u8.ToArray();

    private readonly ConcurrentDictionary<string, int> _requests = new();
    private int _only;

    /// <summary>Called with the message ids of each receive's answer, at the moment it arrives.</summary>
    public Action<List<string>>? Received { get; set; }

    /// <summary>Called when a request leaves, with the name of its action.</summary>
    public Action<string>? Leaves { get; set; }

    /// <summary>The queue whose requests are counted by themselves too.</summary>
    public string? Only { get; init; }

    public int OnlyRequests => Volatile.Read(ref _only);

    public int Requests => _requests.Values.Sum();

    public int Count(string action) => _requests.GetValueOrDefault(action);

    public HttpClientFactory Factory => new Over(this);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string action = request.Headers.TryGetValues("X-Amz-Target", out IEnumerable<string>? target) ? target.First().Split('.')[^1] : "unknown";
        _requests.AddOrUpdate(action, 1, static (_, n) => n + 1);
        Leaves?.Invoke(action);
        if (Only is { } only && request.Content is { } content && (await content.ReadAsStringAsync(cancellationToken)).Contains($"\"{only}\"", StringComparison.Ordinal))
            Interlocked.Increment(ref _only);
        await WayAsync(cancellationToken);
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
        List<string>? ids = null;
        if (Received is not null && action == "ReceiveMessage")
            ids = Ids(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        await WayAsync(cancellationToken);
        if (ids is { Count: > 0 })
            Received!(ids);
        return response;
    }

    private Task WayAsync(CancellationToken cancel) =>
        roundTrip > TimeSpan.Zero ? Task.Delay(roundTrip / 2, TimeProvider.System, cancel) : Task.CompletedTask;

    // A search instead of a parser: the benchmark's own share of the worker's CPU stays small.
    private static List<string> Ids(ReadOnlySpan<byte> answer)
    {
        var ids = new List<string>(10);
        for (int at; (at = answer.IndexOf(MessageId)) >= 0;)
        {
            answer = answer[(at + MessageId.Length)..];
            ids.Add(Encoding.ASCII.GetString(answer[..answer.IndexOf((byte)'"')]));
        }
        return ids;
    }

    private sealed class Over(Network network) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(network, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;
    }
}
