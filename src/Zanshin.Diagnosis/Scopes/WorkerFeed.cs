using System.Diagnostics;
using System.Runtime.CompilerServices;
using Zanshin.Diagnosis.Findings;

namespace Zanshin.Diagnosis.Scopes;

/// <summary>
/// Gives each message of a Zanshin worker its scope, from the diagnostic events of the worker (docs/doctor.md, "In the process"). One for the
/// process, subscribed while anybody has it open. A worker's messages belong to the scope in which the worker was started, a test's say.
/// </summary>
internal sealed class WorkerFeed : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private const string Source = "Zanshin";

    private static readonly Lock s_lock = new(); // guards the three below
    private static readonly List<IDisposable> s_subscriptions = [];
    private static WorkerFeed? s_feed;
    private static int s_open;

    // By the object that stands for the worker.
    private static readonly ConditionalWeakTable<object, Owner> s_owners = [];

    public static IDisposable Open()
    {
        lock (s_lock)
        {
            if (s_open++ == 0)
                s_subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(s_feed = new WorkerFeed()));
        }
        return new Opened();
    }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name != Source)
            return;
        lock (s_lock)
        {
            if (s_feed == this)
                s_subscriptions.Add(value.Subscribe(this));
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        switch (value.Key, value.Value)
        {
            case ("Zanshin.Message.Start", (object worker, string id, object message)):
                LeakScope? parent = s_owners.TryGetValue(worker, out Owner? owner) ? owner.Scope : null;
                LeakScope scope = LeakScope.BeginUnder(parent, id, parent is null ? StackBudget.Sample() : parent.Stacks);
                if (scope.Stacks is not null)
                    MessageSamples.Offer(scope, message);
                break;
            case ("Zanshin.Message.Stop", _):
                LeakScope.Current?.Dispose();
                break;
            case ("Zanshin.Worker.Start", { } worker) when LeakScope.Current is { } starter:
                s_owners.AddOrUpdate(worker, new Owner(starter));
                break;
            case ("Zanshin.Worker.Stop", { } worker) when s_owners.TryGetValue(worker, out Owner? stopped):
                stopped.Stopped();
                break;
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    /// <summary>Who started a worker: left running, it was left behind.</summary>
    private sealed class Owner
    {
        private readonly Begun _running;
        private volatile bool _stopped;

        public Owner(LeakScope scope)
        {
            Scope = scope;
            _running = new Begun(BeginKind.Task, "worker that was not stopped", scope, scope.Stacks is null ? null : new StackTrace(fNeedFileInfo: true)) { IsArmed = () => !_stopped };
            ScopeLedger.Began(_running);
        }

        public LeakScope Scope { get; }

        public void Stopped()
        {
            _stopped = true;
            ScopeLedger.Ended(_running);
        }
    }

    private sealed class Opened : IDisposable
    {
        private bool _closed;

        public void Dispose()
        {
            lock (s_lock)
            {
                if (_closed)
                    return;
                _closed = true;
                if (--s_open > 0)
                    return;
                s_subscriptions.ForEach(static s => s.Dispose());
                s_subscriptions.Clear();
                s_feed = null;
            }
        }
    }
}
