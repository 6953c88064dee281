namespace Zanshin.Dispatching;

/// <summary>
/// The threads of one queue on which its handlers run instead of on the thread pool. There are as many as there were runs at once, they are used again, and
/// end with the worker. What a handler awaits comes back to one of them; where all are taken, because a handler blocks one and waits for what another is to do, to the
/// pool: so nothing waits for ever for a thread. Thread-safe.
/// </summary>
/// <param name="all">Whether all handlers of the queue run on them.</param>
internal sealed class OwnThreads(string queue, bool all) : TaskScheduler
{
    private readonly object _lock = new(); // guards all below; a monitor, which threads wait on
    private readonly Queue<Task> _tasks = new(); // each has a thread that is about to take it
    private readonly List<Thread> _threads = [];
    private int _idle; // threads that do nothing
    private int _runs;
    private bool _stopped;

    [ThreadStatic]
    private static OwnThreads? t_of;

    public bool ForAll => all;

    public override int MaximumConcurrencyLevel => int.MaxValue;

    /// <summary>A run begins: there is a thread for it. Called where no message's scope is open, so that the thread belongs to none.</summary>
    public void Enter()
    {
        lock (_lock)
        {
            if (++_runs <= _threads.Count || _stopped)
                return;
            var thread = new Thread(Work) { IsBackground = true, Name = $"Zanshin {queue}" };
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

    /// <summary>Ends the threads. One whose handler never returns ends with it.</summary>
    public void Stop()
    {
        Thread[] idle;
        lock (_lock)
        {
            _stopped = true;
            idle = _idle == _threads.Count ? [.. _threads] : [];
            Monitor.PulseAll(_lock);
        }
        // They only have to wake up.
        foreach (Thread thread in idle)
            thread.Join();
    }

    protected override void QueueTask(Task task)
    {
        lock (_lock)
        {
            if (_idle > _tasks.Count)
            {
                _tasks.Enqueue(task);
                Monitor.Pulse(_lock);
                return;
            }
        }
        ThreadPool.UnsafeQueueUserWorkItem(static todo => todo.Threads.TryExecuteTask(todo.Task), (Threads: this, Task: task), preferLocal: false);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => t_of == this && !taskWasPreviouslyQueued && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_lock)
            return [.. _tasks];
    }

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
            Task? task;
            while (!_tasks.TryDequeue(out task))
            {
                if (_stopped)
                    return null;
                Monitor.Wait(_lock);
            }
            _idle--;
            return task;
        }
    }
}
