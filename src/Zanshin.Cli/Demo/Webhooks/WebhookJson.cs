using System.Text.Json.Serialization;

namespace Zanshin.Cli.Demo.Webhooks;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Delivery))]
[JsonSerializable(typeof(Push))]
[JsonSerializable(typeof(Issues))]
[JsonSerializable(typeof(IssueComment))]
[JsonSerializable(typeof(PullRequest))]
[JsonSerializable(typeof(Release))]
[JsonSerializable(typeof(Discussion))]
[JsonSerializable(typeof(CheckRun))]
[JsonSerializable(typeof(WorkflowRun))]
[JsonSerializable(typeof(CreatedOrDeleted))]
[JsonSerializable(typeof(Star))]
[JsonSerializable(typeof(Ping))]
internal sealed partial class WebhookJson : JsonSerializerContext;
