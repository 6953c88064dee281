using System.Globalization;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace Zanshin.EndToEnd.Work;

/// <summary>A queue with a dead-letter queue, and the tool that works it. Every process of a test carries its mark.</summary>
internal sealed class WorkRig : IAsyncDisposable
{
    private readonly AmazonSQSClient _client;
    private readonly string _endpoint;
    private readonly List<(Child Child, string Id)> _tools = [];
    private string _dead = "";

    private WorkRig(string endpoint)
    {
        _endpoint = endpoint;
        _client = new(new BasicAWSCredentials("local", "local"), new AmazonSQSConfig { ServiceURL = endpoint, AuthenticationRegion = "us-east-1" });
    }

    /// <summary>In the environment of the tool, and so of what it starts; tests put it into command lines too.</summary>
    public string Mark { get; } = $"mark-{Guid.NewGuid():N}";

    public string Queue { get; private init; } = $"work-{Guid.NewGuid():N}";

    public string Url { get; private set; } = "";

    public DirectoryInfo Directory { get; } = System.IO.Directory.CreateTempSubdirectory("zanshin-work-");

    public static async Task<WorkRig> CreateAsync(WorkServer server, int visibility = 20, string? queue = null, int maxReceives = 50)
    {
        var rig = queue is null ? new WorkRig(server.Endpoint) : new WorkRig(server.Endpoint) { Queue = queue };
        rig._dead = (await rig._client.CreateQueueAsync($"{rig.Queue}-dead")).QueueUrl;
        string arn = (await rig._client.GetQueueAttributesAsync(rig._dead, ["QueueArn"])).QueueARN;
        rig.Url = (await rig._client.CreateQueueAsync(new CreateQueueRequest
        {
            QueueName = rig.Queue,
            Attributes = new()
            {
                ["VisibilityTimeout"] = visibility.ToString(CultureInfo.InvariantCulture),
                ["RedrivePolicy"] = $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":{{maxReceives}}}""",
            },
        })).QueueUrl;
        return rig;
    }

    /// <summary>The id of the message.</summary>
    public async Task<string> SendAsync(string body, Dictionary<string, MessageAttributeValue>? attributes = null) =>
        (await _client.SendMessageAsync(new SendMessageRequest { QueueUrl = Url, MessageBody = body, MessageAttributes = attributes })).MessageId;

    /// <summary><c>zanshin work -q QUEUE</c> with short waits.</summary>
    public Child Work(params string[] args) => Work(8, args);

    public Child Work(int timeout, params string[] args) => Start(Artifacts.Tool, ToolArgs(timeout, args));

    /// <summary>A script that becomes the tool by <c>exec "$@"</c>, as the entrypoint of a container does.</summary>
    public Child WorkAfter(string script, params string[] args) => Start("sh", ["-c", script, "sh", Artifacts.Tool, .. ToolArgs(8, args)]);

    public string File(string name) => Path.Combine(Directory.FullName, name);

    /// <summary>Visible and in flight.</summary>
    public async Task<(int Visible, int InFlight)> DepthAsync()
    {
        GetQueueAttributesResponse counts = await _client.GetQueueAttributesAsync(Url, ["All"]);
        return (counts.ApproximateNumberOfMessages, counts.ApproximateNumberOfMessagesNotVisible);
    }

    public Task EmptyAsync(Child tool) => Poll.UntilAsync("the queue is empty", async () => await DepthAsync() == (0, 0), tool.Describe, seconds: 120);

    /// <summary>What was rejected: body and reason. Waits a second for more: on its way to the dead-letter queue a message is in neither for a moment.</summary>
    public async Task<List<(string Body, string Reason)>> DeadAsync()
    {
        List<(string, string)> dead = [];
        while ((await _client.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = _dead, MaxNumberOfMessages = 10, WaitTimeSeconds = 1, MessageAttributeNames = ["All"] })).Messages is { Count: > 0 } messages)
        {
            dead.AddRange(messages.Select(static m => (m.Body, m.MessageAttributes?.TryGetValue("zanshin-reject", out MessageAttributeValue? reason) == true ? reason.StringValue : "")));
        }
        return dead;
    }

    /// <summary>Living processes that carry the mark, other than the tool itself.</summary>
    public List<string> Processes()
    {
        List<string> found = [];
        foreach (string process in System.IO.Directory.EnumerateDirectories("/proc").Where(static d => int.TryParse(Path.GetFileName(d), out _)))
        {
            string line = Read($"{process}/cmdline").Replace('\0', ' ');
            bool tool = _tools.Exists(t => Path.GetFileName(process) == t.Id);
            // A process that has ended has no command line.
            if (!tool && line.Length > 0 && (line.Contains(Mark, StringComparison.Ordinal) || Read($"{process}/environ").Contains(Mark, StringComparison.Ordinal)))
                found.Add($"{Path.GetFileName(process)}: {line}");
        }
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        foreach ((Child tool, _) in _tools)
            await tool.DisposeAsync();
        foreach (string process in Processes())
        {
            using var kill = System.Diagnostics.Process.Start("kill", ["-KILL", process[..process.IndexOf(':', StringComparison.Ordinal)]]);
            await kill.WaitForExitAsync();
        }
        _client.Dispose();
        Directory.Delete(recursive: true);
    }

    private string[] ToolArgs(int timeout, string[] args) => ["work", "-q", Queue, "-t", $"{timeout}", "--wait", "1", .. args];

    private Child Start(string file, string[] args)
    {
        Child tool = Child.Start(file, args, ("AWS_ENDPOINT_URL_SQS", _endpoint), ("ZANSHIN_TEST_MARK", Mark));
        _tools.Add((tool, $"{tool.Id}"));
        return tool;
    }

    private static string Read(string file)
    {
        try
        {
            return System.IO.File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
