using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Zanshin.Hosting;

/// <summary>A worker's status in words: for a log, when somebody asks what it does.</summary>
internal static class StatusText
{
    /// <summary>A log line has its bounds; the oldest come first.</summary>
    private const int MostMessages = 500;

    public static string Of(ZanshinWorker worker)
    {
        WorkerStatus status = worker.GetStatus();
        var text = new StringBuilder();
        Line(text, $"{status.State}: {status.SlotsUsed} of {status.Concurrency} slots used, {status.SlotsLost} lost; {status.Running} running, {status.Waiting} waiting, {status.Settling} settling; {status.TasksAlive} loops and runs");
        if (status.Trouble is { } wrong)
            Line(text, $"{wrong}");
        Threads(text);
        foreach (QueueStatus queue in status.Queues)
        {
            Line(text, $"queue {queue.Name}: {queue.SlotsUsed} of {queue.SlotsAllowed} slots used, {queue.SlotsLost} lost; {queue.OpenReceives} open receives, the last answered {Seconds(queue.SinceLastPoll)} ago; {queue.Running} running, {queue.Waiting} waiting, {queue.Settling} settling, {queue.LeasesHeld} leases; {queue.Received} received, {queue.Done} done, {queue.Retried} retried, {queue.Rejected} rejected; {queue.Health}{(queue.Trouble is { } trouble ? $": {trouble}" : "")}");
        }
        IReadOnlyList<MessageStatus> messages = worker.GetInFlight();
        foreach (MessageStatus message in messages.OrderByDescending(static m => m.Age).Take(MostMessages))
            Message(text, message);
        if (messages.Count > MostMessages)
            Line(text, $"and {messages.Count - MostMessages} younger messages");
        return text.ToString().TrimEnd();
    }

    private static void Message(StringBuilder text, MessageStatus message)
    {
        text.Append(CultureInfo.InvariantCulture, $"message {message.MessageId} of {message.Queue}, attempt {message.Attempt}");
        if (message.Group is { } group)
            text.Append(CultureInfo.InvariantCulture, $", group {group}");
        if (message.Type is { } type)
            text.Append(CultureInfo.InvariantCulture, $", type {type}");
        text.Append(CultureInfo.InvariantCulture, $": {message.State}");
        if (message.RunningFor is { } running)
            text.Append(CultureInfo.InvariantCulture, $" for {Seconds(running)} in {message.Where}");
        Line(text, $", received {Seconds(message.Age)} ago, {Seconds(message.LeaseLeft)} of its lease left{(message.Cancelled == CancelReason.None ? "" : $", cancelled: {message.Cancelled}")}");
    }

    private static void Threads(StringBuilder text)
    {
        if (!OperatingSystem.IsLinux())
        {
            using var process = Process.GetCurrentProcess();
            Line(text, $"{process.Threads.Count} threads");
            return;
        }
        List<string> names = [];
        foreach (string thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            try
            {
                names.Add(File.ReadAllText(Path.Combine(thread, "comm")).Trim());
            }
            catch (IOException)
            {
                // It has ended in the meantime.
            }
        }
        Line(text, $"{names.Count} threads: {string.Join(", ", names.GroupBy(static n => n).OrderByDescending(static g => g.Count()).ThenBy(static g => g.Key, StringComparer.Ordinal).Select(static g => $"{g.Count()} {g.Key}"))}");
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
