using System.Diagnostics;
using System.Runtime.CompilerServices;
using Zanshin.Diagnosis.Findings;

namespace Zanshin.Diagnosis.Scopes;

/// <summary>
/// Gives each message of a Zanshin worker its scope, from the diagnostic events of the worker (docs/doctor.md, "In the process"). One for the
/// process, subscribed while anybody has it open. A worker's messages belong to the scope in which the worker was started, a test's say.
/// </summary>
internal sealed class WorkerFeed : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string Source = "Zanshin";

    private readonly Lock _lock = new(); // guards the two below
    private readonly List<IDisposable> _subscriptions = [];
    private bool _closed;

    // By the object that stands for the worker.
    private static readonly ConditionalWeakTable<object, Owner> s_owners = [];

    public static Shared Listening { get; } = new(static () =>
    {
        var feed = new WorkerFeed();
        feed.Keep(DiagnosticListener.AllListeners.Subscribe(feed));
        return feed;
    });

    public void Dispose()
    {
        IDisposable[] subscriptions;
        lock (_lock)
        {
            _closed = true;
            subscriptions = [.. _subscriptions];
            _subscriptions.Clear();
        }
        foreach (IDisposable subscription in subscriptions)
            subscription.Dispose();
    }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == Source)
            Keep(value.Subscribe(this));
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
            // One that began before anybody listened has none.
            case ("Zanshin.Message.Stop", string ended) when LeakScope.Current is { } open && open.Id == ended:
                open.Dispose();
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

    private void Keep(IDisposable subscription)
    {
        lock (_lock)
        {
            if (!_closed)
            {
                _subscriptions.Add(subscription);
                return;
            }
        }
        subscription.Dispose();
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
}
