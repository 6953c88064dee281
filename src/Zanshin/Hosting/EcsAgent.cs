using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Zanshin.Hosting;

/// <summary>
/// The container agent of ECS, for the one call that is made to it:
/// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
/// </summary>
internal sealed class EcsAgent : IDisposable
{
    private static readonly MediaTypeHeaderValue s_json = new("application/json");

    private readonly HttpClient _http;
    private readonly Uri _state;

    public EcsAgent(string uri, HttpMessageHandler? transport)
    {
        _state = new Uri($"{uri.TrimEnd('/')}/task-protection/v1/state");
        // The caller's token limits each call. An agent is on this machine: no proxy is asked.
        _http = new HttpClient(transport ?? new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }, disposeHandler: transport is null)
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = 64 * 1024,
        };
    }

    /// <exception cref="EcsAgentException">It refuses, or answers with something else.</exception>
    public async Task ProtectAsync(bool protect, int minutes, CancellationToken cancel)
    {
        string body = protect
            ? string.Create(CultureInfo.InvariantCulture, $$"""{"ProtectionEnabled":true,"ExpiresInMinutes":{{minutes}}}""")
            : """{"ProtectionEnabled":false}""";
        using var request = new HttpRequestMessage(HttpMethod.Put, _state) { Content = new StringContent(body, s_json) };
        using HttpResponseMessage response = await _http.SendAsync(request, cancel);
        string answer = await response.Content.ReadAsStringAsync(cancel);
        if (Refusal(answer, protect) is { } refusal)
            throw new EcsAgentException($"{(int)response.StatusCode} {refusal}");
    }

    // {"protection":{"ProtectionEnabled":true,...}}, or with a refusal {"failure":{"Reason":...,"Detail":...}} or {"error":{"Code":...,"Message":...}}.
    private static string? Refusal(string answer, bool protect)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(answer);
            JsonElement root = json.RootElement;
            if (root.TryGetProperty("failure", out JsonElement failure) && failure.ValueKind == JsonValueKind.Object)
                return $"{Text(failure, "Reason")} {Text(failure, "Detail")}".Trim();
            if (root.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.Object)
                return $"{Text(error, "Code")} {Text(error, "Message")}".Trim();
            return root.TryGetProperty("protection", out JsonElement protection) && protection.ValueKind == JsonValueKind.Object
                && protection.TryGetProperty("ProtectionEnabled", out JsonElement enabled) && enabled.ValueKind == (protect ? JsonValueKind.True : JsonValueKind.False)
                ? null : "and not the protection that was asked for";
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return "and something that is no JSON object";
        }
    }

    private static string Text(JsonElement of, string name) => of.TryGetProperty(name, out JsonElement text) ? text.ToString() : "";

    public void Dispose() => _http.Dispose();
}
