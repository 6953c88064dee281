using Zanshin.Timing;

namespace Zanshin.Dispatching;

/// <summary>
/// The threads of one queue on which its handlers run instead of on the thread pool. There are as many as there were runs at once, they are used again, and
/// end with the worker. What a handler awaits comes back to one of them, which may be a moment from being free. Where all are blocked, because one waits for what another is to do, the
/// pool does it: so nothing waits for ever for a thread. Thread-safe.
/// </summary>
internal sealed class OwnThreads : TaskScheduler
{
    /// <summary>Where a task has found no thread, it is looked at so often whether one will be free.</summary>
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10);

    /// <summary>A thread that works or waits where it cannot be seen is waited for so long.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(200);

    private readonly string _queue;
    private readonly Surroundings _surroundings;
    private readonly ITimer _look;
    private readonly object _lock = new(); // guards all below; a monitor, which threads wait on
    private readonly Queue<(Task Task, TimeSpan Since)> _tasks = new(); // that wait for a thread
    private readonly List<Thread> _threads = [];
    private int _idle; // threads that do nothing, or are about to take a task
    private int _runs;
    private bool _looks;
    private bool _stopped;

    [ThreadStatic]
    private static OwnThreads? t_of;

    /// <param name="all">Whether all handlers of the queue run on them.</param>
    public OwnThreads(string queue, bool all, Surroundings surroundings)
    {
        (_queue, ForAll, _surroundings) = (queue, all, surroundings);
        _look = surroundings.Timer(static threads => ((OwnThreads)threads!).Look(), this);
    }

    public bool ForAll { get; }

    public override int MaximumConcurrencyLevel => int.MaxValue;

    /// <summary>A run begins: there is a thread for it. Called where no message's scope is open, so that the thread belongs to none.</summary>
    public void Enter()
    {
        lock (_lock)
        {
            if (++_runs <= _threads.Count || _stopped)
                return;
            var thread = new Thread(Work) { IsBackground = true, Name = $"Zanshin {_queue}" };
            _threads.Add(thread);
            _idle++;
            thread.UnsafeStart();
        }
    }

    public void Leave()
    {
        lock (_lock)
            _runs--;
    }

    public Task<T> RunAsync<T>(Func<Task<T>> body) => Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    /// <summary>Ends the threads. One whose handler never returns ends with it; what such a handler awaits comes to the pool from here.</summary>
    public void Stop()
    {
        Thread[] idle;
        List<Task> waiting = [];
        lock (_lock)
        {
            _stopped = true;
            while (_tasks.Count > _idle)
                waiting.Add(_tasks.Dequeue().Task);
            idle = _idle == _threads.Count ? [.. _threads] : [];
            Monitor.PulseAll(_lock);
        }
        _look.Dispose();
        waiting.ForEach(OnPool);
        // They only have to wake up.
        foreach (Thread thread in idle)
            thread.Join();
    }

    protected override void QueueTask(Task task)
    {
        lock (_lock)
        {
            if (!_stopped)
            {
                _tasks.Enqueue((task, _surroundings.Now));
                Monitor.Pulse(_lock);
                LookLater();
                return;
            }
        }
        OnPool(task);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => t_of == this && !taskWasPreviouslyQueued && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_lock)
            return [.. _tasks.Select(static waiting => waiting.Task)];
    }

    private void Look()
    {
        List<Task> waiting = [];
        lock (_lock)
        {
            _looks = false;
            if (_stopped)
                return;
            bool blocked = _threads.TrueForAll(static thread => thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
            while (_tasks.Count > _idle && (blocked || _surroundings.Now - _tasks.Peek().Since >= LongestWait))
                waiting.Add(_tasks.Dequeue().Task);
            LookLater();
        }
        waiting.ForEach(OnPool);
    }

    // Called under the lock.
    private void LookLater()
    {
        if (_looks || _tasks.Count <= _idle)
            return;
        _looks = true;
        _look.Change(BetweenLooks, Timeout.InfiniteTimeSpan);
    }

    private void OnPool(Task task) => ThreadPool.UnsafeQueueUserWorkItem(static todo => todo.Threads.TryExecuteTask(todo.Task), (Threads: this, Task: task), preferLocal: false);

    private void Work()
    {
        t_of = this;
        while (Next() is { } task)
        {
            TryExecuteTask(task);
            lock (_lock)
                _idle++;
        }
    }

    private Task? Next()
    {
        lock (_lock)
        {
            (Task Task, TimeSpan) next;
            while (!_tasks.TryDequeue(out next))
            {
                if (_stopped)
                {
                    _idle--;
                    return null;
                }
                Monitor.Wait(_lock);
            }
            _idle--;
            return next.Task;
        }
    }
}
