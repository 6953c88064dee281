using System.Text.Json;
using System.Text.Json.Nodes;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>Adds statements to the JSON of the Policy attribute and takes them out again, as AddPermission and RemovePermission do.</summary>
internal static class PolicyStatements
{
    internal const int MostActions = 7;

    /// <summary>What can be allowed to other accounts.</summary>
    internal static readonly HashSet<string> Shareable =
        ["*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue"];

    internal static (string?, SqsError?) Add(string? policy, QueueIdentity queue, string label, List<string> accounts, List<string> actions)
    {
        var root = Parse(policy) ?? new JsonObject { ["Version"] = "2008-10-17", ["Id"] = $"{queue.Arn}/SQSDefaultPolicy" };
        if (root["Statement"] is not JsonArray statements) root["Statement"] = statements = [];
        if (statements.Any(s => Is(s, label))) return (null, SqsError.Invalid("Label", label, "Already exists."));
        JsonNode statement = new JsonObject
        {
            ["Sid"] = label,
            ["Effect"] = "Allow",
            ["Principal"] = new JsonObject { ["AWS"] = OneOrMany(accounts.Select(static a => $"arn:aws:iam::{a}:root")) },
            ["Action"] = OneOrMany(actions.Select(static a => $"SQS:{a}")),
            ["Resource"] = queue.Arn,
        };
        statements.Add(statement);
        return (root.ToJsonString(), null);
    }

    /// <summary>The policy without the statement: empty, and so none, when it was the last.</summary>
    internal static (string?, SqsError?) Remove(string? policy, string label)
    {
        var root = Parse(policy);
        if (root?["Statement"] is not JsonArray statements || statements.FirstOrDefault(s => Is(s, label)) is not { } statement)
        {
            return (null, SqsError.Invalid("Label", label, "can't find label."));
        }

        statements.Remove(statement);
        return (statements.Count == 0 ? "" : root.ToJsonString(), null);
    }

    private static bool Is(JsonNode? statement, string label) =>
        statement is JsonObject o && o["Sid"] is JsonValue sid && sid.TryGetValue(out string? text) && text == label;

    private static JsonNode OneOrMany(IEnumerable<string> texts)
    {
        JsonNode[] all = [.. texts.Select(static t => (JsonNode)t)];
        return all.Length == 1 ? all[0] : new JsonArray(all);
    }

    private static JsonObject? Parse(string? policy)
    {
        if (policy is null) return null;
        try
        {
            return JsonNode.Parse(policy) as JsonObject;
        }
        catch (JsonException)
        {
            // Set before it was checked; a new policy takes its place.
            return null;
        }
    }
}
