using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Zanshin.Bench.Harness;

/// <summary>A queue in a process of its own on a free loopback port, ended with this object.</summary>
internal sealed class QueueProcess : IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(2);

    private readonly Process _process;

    private QueueProcess(Process process, string endpoint) => (_process, Endpoint) = (process, endpoint);

    public string Endpoint { get; }

    /// <summary>From the start of the process to its first answer.</summary>
    public TimeSpan Start { get; private set; }

    /// <summary>CPU that the queue has used so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Its resident memory in bytes.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary><c>zanshin local</c>; in memory, unless the options say otherwise.</summary>
    public static Task<QueueProcess> StartAsync(params string[] options) =>
        StartAsync(port => new ProcessStartInfo(Places.Tool, ["local", "--port", port, .. options]));

    /// <summary>Another queue, that listens on the port it is given.</summary>
    public static async Task<QueueProcess> StartAsync(Func<string, ProcessStartInfo> on)
    {
        string port = FreePort();
        ProcessStartInfo start = on(port);
        start.RedirectStandardOutput = true;
        start.Environment[Standstill.Sooner] = "0";
        TimeSpan began = Clock.Now;
        var queue = new QueueProcess(Process.Start(start)!, $"http://localhost:{port}");
        try
        {
            queue._process.BeginOutputReadLine(); // so that what it prints stops it never
            await queue.AnswersAsync(began + LongestStart);
            queue.Start = Clock.Now - began;
            return queue;
        }
        catch
        {
            await queue.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task AnswersAsync(TimeSpan until)
    {
        using var http = new HttpClient();
        while (!await AnswerAsync(http))
        {
            if (_process.HasExited || Clock.Now > until)
                throw new InvalidOperationException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} gives no answer.");
            await Clock.WaitAsync(Between);
        }
    }

    private async Task<bool> AnswerAsync(HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Endpoint) { Content = new StringContent("{}", Encoding.UTF8, "application/x-amz-json-1.0") };
        request.Headers.Add("X-Amz-Target", "AmazonSQS.ListQueues");
        request.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0");
        try
        {
            using HttpResponseMessage answer = await http.SendAsync(request);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // it does not listen yet
        }
    }

    private static string FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
    }
}
