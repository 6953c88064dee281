using System.Collections.Immutable;
using System.Globalization;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>Checks queue attributes and turns them into <see cref="QueueSettings"/>.</summary>
internal static class QueueSettingsReader
{
    internal static QueueSettings None(bool fifo) =>
        new() { Given = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal), Fifo = fifo };

    /// <summary>
    /// <paramref name="current"/> with the given attributes set; or why not. <paramref name="engine"/> is null when a stored queue is
    /// loaded, whose dead-letter queue may not be there yet, or any more.
    /// </summary>
    internal static (QueueSettings?, SqsError?) Read(
        QueueSettings current, IReadOnlyDictionary<string, string> attributes, string queueName, SqsEngine? engine, string region, bool creating)
    {
        var settings = current;
        foreach (var (name, value) in attributes.OrderBy(a => a.Key, StringComparer.Ordinal))
        {
            var (next, error) = One(settings, name, value, queueName, engine, region, creating);
            if (next is null) return (null, error);
            settings = next with { Given = next.Given.SetItem(name, QueueAttribute.IsSwitch(name) ? value.ToLowerInvariant() : value) };
        }

        if (settings.Redrive?.TargetQueue == queueName && engine is not null)
        {
            return (null, SqsError.Invalid(QueueAttribute.RedrivePolicy, attributes[QueueAttribute.RedrivePolicy], "Dead letter target cannot be the queue itself."));
        }

        return (settings, null);
    }

    private static (QueueSettings?, SqsError?) One(
        QueueSettings s, string name, string value, string queueName, SqsEngine? engine, string region, bool creating)
    {
        long number;
        switch (name)
        {
            case QueueAttribute.DelaySeconds:
                return Within(value, 0, SqsLimits.DelaySeconds, out number) ? (s with { DelayTicks = number * TimeSpan.TicksPerSecond }, null) : Bad(name);
            case QueueAttribute.MaximumMessageSize:
                return Within(value, 1024, SqsLimits.MessageBytes, out number) ? (s with { MaximumMessageSize = (int)number }, null) : Bad(name);
            case QueueAttribute.MessageRetentionPeriod:
                return Within(value, 60, 1_209_600, out number) ? (s with { RetentionTicks = number * TimeSpan.TicksPerSecond }, null) : Bad(name);
            case QueueAttribute.ReceiveMessageWaitTimeSeconds:
                return Within(value, 0, SqsLimits.WaitTimeSeconds, out number) ? (s with { WaitTimeSeconds = (int)number }, null) : Bad(name);
            case QueueAttribute.VisibilityTimeout:
                return Within(value, 0, SqsLimits.VisibilitySeconds, out number) ? (s with { VisibilityTimeoutSeconds = (int)number }, null) : Bad(name);
            case QueueAttribute.KmsDataKeyReusePeriodSeconds:
                return Within(value, 60, 86_400, out _) ? (s, null) : Bad(name);
            case QueueAttribute.SqsManagedSseEnabled:
                return Switch(value, out _) ? (s, null) : Bad(name);
            case QueueAttribute.Policy or QueueAttribute.KmsMasterKeyId:
                return (s, null);
            case QueueAttribute.RedriveAllowPolicy:
                if (value.Length == 0) return (s with { RedriveAllow = null }, null);
                // Stored before this was checked, it allows all.
                if (RedriveAllowPolicyReader.Read(value) is not { } allow) return engine is null ? (s, null) : Bad(name);
                return (s with { RedriveAllow = allow }, null);
            case QueueAttribute.RedrivePolicy:
                return Redrive(s, value, queueName, engine, region);
            case QueueAttribute.FifoQueue when s.Fifo || engine is null:
                // Kind is for life; saying again what it is does no harm.
                if (creating || engine is null) return (s, null);
                return !Switch(value, out var fifo) ? Bad(name) : fifo ? (s, null) : (null, SqsError.AttributeReason(name, "Modifying queue type is not supported."));
            case QueueAttribute.ContentBasedDeduplication when s.Fifo:
                return Switch(value, out var byContent) ? (s with { ContentBasedDeduplication = byContent }, null) : Bad(name);
            case QueueAttribute.DeduplicationScope when s.Fifo:
                return value is "queue" or "messageGroup" ? (s with { DeduplicatesByGroup = value == "messageGroup" }, null) : Bad(name);
            case QueueAttribute.FifoThroughputLimit when s.Fifo:
                return value is "perQueue" or "perMessageGroupId" ? (s, null) : Bad(name);
            case QueueAttribute.DeduplicationScope or QueueAttribute.FifoThroughputLimit:
                return (null, SqsError.OnlyOnFifo(name));
            default:
                return (null, SqsError.UnknownAttribute(name));
        }
    }

    private static (QueueSettings?, SqsError?) Redrive(QueueSettings s, string value, string queueName, SqsEngine? engine, string region)
    {
        // An empty value takes the policy away.
        if (value.Length == 0) return (s with { Redrive = null }, null);
        var (policy, error) = RedrivePolicyReader.Read(value);
        if (policy is null) return (null, error);
        if (engine is not null)
        {
            if (policy.TargetArn != engine.Arn(region, policy.TargetQueue) || engine.Find(region, policy.TargetQueue) is not { } target)
            {
                return (null, SqsError.Invalid(QueueAttribute.RedrivePolicy, value, "Dead letter target does not exist."));
            }

            if (target.Fifo != s.Fifo)
            {
                return (null, SqsError.Invalid(QueueAttribute.RedrivePolicy, value, "Dead-letter queue must be same type of queue as the source queue."));
            }

            if (target.Settings.RedriveAllow?.Allows(engine.Arn(region, queueName)) == false)
            {
                return (null, SqsError.Invalid(QueueAttribute.RedrivePolicy, value, "The dead-letter queue's redrive allow policy does not allow this queue."));
            }
        }

        return (s with { Redrive = policy }, null);
    }

    private static (QueueSettings?, SqsError?) Bad(string name) => (null, SqsError.AttributeValue(name));

    /// <summary>Reads <c>true</c> or <c>false</c>, in any case.</summary>
    internal static bool Switch(string text, out bool on) => bool.TryParse(text, out on) && text.Length == (on ? 4 : 5);

    private static bool Within(string text, long least, long most, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) && number >= least && number <= most;
}
