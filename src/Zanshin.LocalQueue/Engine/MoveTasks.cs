using System.Text.Json;

namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// The message move tasks of all queues: one at a time for each source, moved in small steps by a timer that is armed while there are any. What was moved is safe
/// before the next step begins.
/// </summary>
/// <remarks><c>_lock</c> guards everything here. It is taken before any other lock of the engine, and never while a waiter is completed.</remarks>
internal sealed class MoveTasks(SqsEngine engine)
{
    /// <summary>How many of a queue's tasks are remembered, the running one included.</summary>
    internal const int Remembered = 10;

    internal const int MostPerSecond = 500;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<MoveTask>> _bySource = new(StringComparer.Ordinal); // by ARN, the newest first
    private readonly Dictionary<string, double> _due = new(StringComparer.Ordinal); // by handle: messages that may be moved now
    private Task _safe = Task.CompletedTask;
    private ITimer? _timer;
    private bool _closed;

    /// <summary>Begins to move what <paramref name="source"/> holds; or says why not.</summary>
    internal (MoveTask?, SqsError?) Start(MessageQueue source, string? destinationArn, int? mostPerSecond)
    {
        var visible = source.Count().Visible;
        lock (_lock)
        {
            var tasks = Of(source.Identity.Arn);
            if (tasks.Exists(static t => t.Status == MoveStatus.Running)) return (null, SqsError.MoveIsRunning());
            var task = new MoveTask
            {
                Handle = Handle(source.Identity.Arn),
                SourceArn = source.Identity.Arn,
                DestinationArn = destinationArn,
                MostPerSecond = mostPerSecond,
                ToMove = visible,
                StartedAt = engine.Now,
            };
            tasks.Insert(0, task);
            if (tasks.Count > Remembered) tasks.RemoveAt(Remembered);
            engine.Journal.Append(JournalEntry.Move(source, task));
            // The first of them goes at once, as a queue with one message is moved without a wait.
            _due[task.Handle] = 1;
            Arm(TimeSpan.Zero);
            return (task, null);
        }
    }

    /// <summary>Ends a running task; what it has moved stays moved.</summary>
    internal (MoveTask?, SqsError?) Cancel(string handle)
    {
        if (SourceOf(handle) is not { } source) return (null, SqsError.NotATask());
        if (engine.FindByArn(source) is null) return (null, SqsError.NoSuchResource("SourceArn"));
        lock (_lock)
        {
            foreach (var tasks in _bySource.Values)
            {
                if (tasks.Find(t => t.Handle == handle) is not { } task) continue;
                if (task.Status != MoveStatus.Running) return (null, SqsError.MoveIsOver());
                return (Put(task with { Status = MoveStatus.Cancelled }), null);
            }
        }

        return (null, SqsError.NoSuchMove());
    }

    /// <summary>The tasks of a queue, the newest first.</summary>
    internal MoveTask[] List(string sourceArn)
    {
        lock (_lock) return _bySource.TryGetValue(sourceArn, out var tasks) ? [.. tasks] : [];
    }

    /// <summary>The queue is deleted, and with it its tasks.</summary>
    internal void Forget(string sourceArn)
    {
        lock (_lock)
        {
            if (!_bySource.Remove(sourceArn, out var tasks)) return;
            foreach (var task in tasks) _due.Remove(task.Handle);
        }
    }

    /// <summary>Puts stored tasks back; the running ones go on. Before the first call only.</summary>
    internal void Restore(IEnumerable<MoveTask> tasks)
    {
        lock (_lock)
        {
            foreach (var task in tasks.OrderByDescending(static t => t.StartedAt))
            {
                Of(task.SourceArn).Add(task);
                if (task.Status == MoveStatus.Running) _due[task.Handle] = 1;
            }

            if (_due.Count > 0) Arm(TimeSpan.Zero);
        }
    }

    /// <summary>Stops the timer. What is running goes on at the next start, if there is a store.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _timer?.Dispose();
            _timer = null;
        }
    }

    private List<MoveTask> Of(string sourceArn)
    {
        if (!_bySource.TryGetValue(sourceArn, out var tasks)) _bySource.Add(sourceArn, tasks = []);
        return tasks;
    }

    private void Arm(TimeSpan after)
    {
        if (_closed) return;
        if (_timer is null)
        {
            // The caller's execution context must not live on in the timer.
            using (ExecutionContext.SuppressFlow())
            {
                _timer = engine.Time.CreateTimer(static self => ((MoveTasks)self!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        _timer.Change(after, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        var woken = new List<(MessageQueue, AfterLock)>();
        lock (_lock)
        {
            if (_closed) return;
            if (_safe.IsCompleted) StepAll(woken);
            if (_due.Count > 0) Arm(Step);
        }

        foreach (var (queue, after) in woken) after.Run(queue);
    }

    private void StepAll(List<(MessageQueue, AfterLock)> woken)
    {
        // What failed is written with the next commit, and whoever calls is told.
        _ = _safe.Exception;
        foreach (var task in _bySource.Values.SelectMany(static t => t).Where(static t => t.Status == MoveStatus.Running).ToArray())
        {
            var due = _due[task.Handle];
            if (due >= 1) Put(engine.Move(task, (int)due, woken));
            var rate = task.MostPerSecond ?? MostPerSecond;
            if (_due.ContainsKey(task.Handle)) _due[task.Handle] = due - Math.Floor(due) + (rate * Step.TotalSeconds);
        }

        _safe = engine.Journal.Committed(engine.Journal.Appended, engine.Journal.Failures).AsTask();
    }

    /// <summary>Enters the task as it is now.</summary>
    private MoveTask Put(MoveTask task)
    {
        var tasks = _bySource[task.SourceArn];
        tasks[tasks.FindIndex(t => t.Handle == task.Handle)] = task;
        if (task.Status != MoveStatus.Running) _due.Remove(task.Handle);
        if (engine.FindByArn(task.SourceArn) is { } source) engine.Journal.Append(JournalEntry.Move(source, task));
        return task;
    }

    /// <summary>The source that a handle names; null where it is no handle.</summary>
    private static string? SourceOf(string handle)
    {
        try
        {
            using var json = JsonDocument.Parse(Convert.FromBase64String(handle));
            return json.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("taskId", out _) && root.TryGetProperty("sourceArn", out var source) && source.ValueKind == JsonValueKind.String
                ? source.GetString()
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    // As SQS's handles: JSON that names the task and its source, in Base64.
    private string Handle(string sourceArn) =>
        Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($$"""{"taskId":"{{engine.Ids.NextId()}}","sourceArn":"{{sourceArn}}"}"""));
}
