using System.Text.Json.Serialization.Metadata;

namespace Zanshin.Cli.Demo.Webhooks;

/// <summary>
/// GitHub's webhook deliveries, by event: each event has its type, and its handler reads the payload as that. Events without a type of
/// their own are read as what all deliveries have in common.
/// </summary>
internal sealed class WebhookLoad(IReadOnlyList<Letter> deliveries, int count) : Load(count)
{
    private static readonly Dictionary<string, WebhookEvent> Typed = new(StringComparer.Ordinal)
    {
        ["push"] = Of(WebhookJson.Default.Push),
        ["issues"] = Of(WebhookJson.Default.Issues),
        ["issue_comment"] = Of(WebhookJson.Default.IssueComment),
        ["pull_request"] = Of(WebhookJson.Default.PullRequest),
        ["release"] = Of(WebhookJson.Default.Release),
        ["discussion"] = Of(WebhookJson.Default.Discussion),
        ["check_run"] = Of(WebhookJson.Default.CheckRun),
        ["workflow_run"] = Of(WebhookJson.Default.WorkflowRun),
        ["create"] = Of(WebhookJson.Default.CreatedOrDeleted),
        ["delete"] = Of(WebhookJson.Default.CreatedOrDeleted),
        ["star"] = Of(WebhookJson.Default.Star),
        ["ping"] = Of(WebhookJson.Default.Ping),
    };

    private static readonly WebhookEvent Other = Of(WebhookJson.Default.Delivery);

    public override bool HasExamples => true;

    /// <summary>Reads the file to its end before anything is sent.</summary>
    /// <param name="count">How many messages are wanted: the file's are repeated or cut. Null: each once.</param>
    /// <exception cref="Refusal">It cannot be read, or a line of it is not a delivery.</exception>
    public static WebhookLoad Read(string file, int? count)
    {
        IReadOnlyList<Letter> deliveries = WebhookFile.Read(file, static name => Typed.GetValueOrDefault(name, Other));
        return new(deliveries, count ?? deliveries.Count);
    }

    public override IEnumerable<Letter> Letters(int howMany) => Enumerable.Range(0, howMany).Select(i => deliveries[i % deliveries.Count]);

    public override void Handle(QueueBuilder queue, Work work)
    {
        foreach (string name in deliveries.Select(static d => d.Type).Distinct())
            Typed.GetValueOrDefault(name, Other).Handle(queue, name, work);
    }

    private static WebhookEvent<T> Of<T>(JsonTypeInfo<T> json)
        where T : Delivery => new WebhookEvent<T>(json);
}
