using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zanshin.Dispatching;
using Zanshin.Handling;
using Zanshin.Leasing;
using Zanshin.Observing;
using Zanshin.Pipeline;
using Zanshin.Receiving;
using Zanshin.Settling;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Hosting;

/// <summary>One queue of a running worker: its hops, wired. The worker starts and stops them in their order.</summary>
internal sealed class QueueWorker : IDisposable
{
    /// <summary>Who waits so long for a stuck handler waits for ever.</summary>
    private static readonly TimeSpan Never = TimeSpan.FromDays(10_000);

    private readonly Func<QueueFacts, CancellationToken, SqsQueue> _calls;
    private readonly CancellationTokenSource _giveUp = new(); // has no timer and may be cancelled by a late one: nothing to dispose

    /// <param name="name">What it is called in logs, metrics and the status.</param>
    public QueueWorker(string name, QueueBuilder setup, QueueFacts facts, QueueFacts? deadLetters, ZanshinBuilder worker, GroupWorker group, Ceiling ceiling,
        SqsClients clients, IServiceScopeFactory scopes, Surroundings surroundings, ILogger logger, Instruments instruments, Action<string> clientGone)
    {
        Dispatcher dispatcher = group.Dispatcher;
        (Setup, Group) = (setup, group);
        Name = name;
        Facts = facts;
        Counts = new QueueCounts(instruments);
        PricePerRequest = RequestPrice.Of(worker, facts.Fifo);
        IAmazonSQS client = clients.For(setup.Name);
        Endpoint endpoint = clients.EndpointOf(client);
        _calls = (of, giveUp) => new SqsQueue(client, endpoint, of, surroundings, Counts, logger, giveUp);
        SqsQueue sqs = Calls(facts, _giveUp.Token);
        Trouble Trouble(string what) => new(what, Name, logger, surroundings, endpoint, () => SqsClients.Way(client), () => ClientGone(clientGone));
        Trouble extending = Trouble("extend visibility"), deleting = Trouble("delete"), returning = Trouble("give back"), rejecting = Trouble("reject"), carrying = Trouble("carry delays");

        Leases = new LeaseKeeper(sqs, new LeaseSchedule(setup.Visibility ?? facts.Visibility), surroundings, Counts, extending);
        var deletes = new Deletes(sqs, Leases, surroundings, Counts, deleting, _giveUp.Token);
        var returns = new Returns(sqs, Leases, surroundings, Counts, returning, _giveUp.Token);
        var redrive = new Redrive(
            sqs, Name, arn => Calls(deadLetters?.Arn == arn ? deadLetters : facts.OfDeadLetters(arn), _giveUp.Token), setup.Visibility is null ? facts.Visibility : null, surroundings,
            Trouble("read the redrive policy"), logger);
        var rejects = new Rejects(sqs, Name, redrive, Leases, surroundings, Counts, rejecting, logger, _giveUp.Token);
        Settler = new Settler(Leases, deletes, returns, redrive, rejects, new Hops(sqs, Name, Leases, surroundings, Counts, carrying, logger, _giveUp.Token));
        BatchEntry? batch = setup.Batches.FirstOrDefault();
        var failures = new FailureHandlers([.. worker.FailureHandlers, .. setup.FailureHandlers], scopes, Name, surroundings, logger);
        HandlerTable handlers = Handlers(setup);
        Line = new QueueLine
        {
            Name = Name,
            Fifo = facts.Fifo,
            Router = new Router([worker.TypeAttribute, .. worker.TypeAttributes], setup.Envelope, handlers, batch),
            Visibility = Leases.Schedule.Visibility,
            TimeLimit = setup.TimeLimit,
            StuckAfter = setup.StuckAfter > TimeSpan.Zero && setup.StuckAfter < Never ? setup.StuckAfter : TimeSpan.MaxValue,
            Batch = batch?.Max ?? 1,
            Gather = batch?.Gather ?? TimeSpan.Zero,
            Weight = setup.Weight,
            Limit = setup.Concurrency,
            Delay = DelayOf(setup.Options, group.Setup?.Options, worker.Options),
            // Buckets first: to ask them takes nothing. Then limiters whose permits are kept until they can be used, so that one that goes back was asked for last.
            Throttles = [.. new Throttle[] { Rate = new TokenBucket(setup.RateLimit) }.Concat(GroupWorker.Limiters(setup.RateLimiters, ceiling, surroundings, logger)).Concat(group.Throttles).OrderBy(static t => t is LimiterThrottle limiter ? limiter.GetsBack ? 2 : 1 : 0)],
            Gates = setup.Handlers.Select(static h => h.Handler.Options).Where(static o => o.Concurrency is not null).Distinct()
                .ToDictionary(static o => (HandlerBuilder)o, static o => new HandlerGate(o.Concurrency!.Value)),
            BatchLimit = batch?.Options.Concurrency,
            Pace = new FailurePace(Math.Min(Math.Min(setup.Concurrency ?? int.MaxValue, batch?.Options.Concurrency ?? int.MaxValue), dispatcher.Concurrency)),
            Retry = setup.RetrySchedule,
            Reject = setup.Reject,
            RejectOn = setup.RejectRules,
            Suspects = new Suspects(setup.RunApartFrom > 0 ? setup.RunApartFrom : null, Leases.Schedule.Visibility, surroundings.Now, worker.StartsWary),
            RetriesAreErrors = worker.RetriesAreErrors,
            Failures = failures,
            Dispatcher = dispatcher,
            Leases = Leases,
            Settler = Settler,
            Pipeline = new MessagePipeline(scopes, failures, worker.Watcher, setup.Middleware.Layers, handlers, worker.Carried),
            Batches = batch is null ? null : new BatchPipeline(scopes, failures, worker.BatchWatcher, batch),
            Threads = Threads = OwnThreadsOf(setup, surroundings),
            RunsOnOwnThreads = setup.RunOnOwnThreads,
            Surroundings = surroundings,
            Counts = Counts,
            Logger = logger,
        };
        Receiver = new Receiver(Line, sqs, dispatcher, surroundings, setup.WaitTime, clients.For(setup.Name).Config?.Timeout, Trouble("receive"));
        Troubles = [Receiver.Trouble, extending, deleting, returning, rejecting, carrying];
        dispatcher.Add(Line);
    }

    public string Name { get; }

    public QueueBuilder Setup { get; }

    public GroupWorker Group { get; }

    /// <summary>Paused by itself or with its group. Guarded by the worker's lock.</summary>
    public bool Paused { get; set; }

    /// <summary>How often its runs may begin. Guarded by the dispatcher's lock.</summary>
    public TokenBucket Rate { get; }

    public QueueFacts Facts { get; }

    /// <summary>In US dollars.</summary>
    public decimal PricePerRequest { get; }

    public QueueLine Line { get; }

    public QueueCounts Counts { get; }

    public LeaseKeeper Leases { get; }

    /// <summary>Of each kind of call, by what matters most.</summary>
    public IReadOnlyList<Trouble> Troubles { get; }

    /// <summary>Null where the setup does not ask for it. Set before the start.</summary>
    public Backlog? Backlog { get; set; }

    public Settler Settler { get; }

    public Receiver Receiver { get; }

    public static TimeSpan DelayOf(QueueOptions queue, GroupOptions? group, ZanshinOptions worker) => queue.Delay ?? group?.Delay ?? worker.Delay;

    /// <summary>Calls with the queue's client, counted here, to it or to a queue that belongs to it.</summary>
    /// <param name="giveUp">Ends the calls that are under way.</param>
    public SqsQueue Calls(QueueFacts of, CancellationToken giveUp) => _calls(of, giveUp);

    public void Start()
    {
        Leases.Start();
        Settler.Start();
        Receiver.Start();
    }

    /// <summary>The threads of its own that handlers run on; null for none.</summary>
    public OwnThreads? Threads { get; }

    /// <summary>A stop's time is over: calls that are under way are ended, and nothing is tried again.</summary>
    public void GiveUp()
    {
        Line.IsGivenUp = true;
        _giveUp.Cancel();
        Receiver.GiveUp();
        Settler.Hasten();
    }

    // Whoever is about to repeat a call finds that there is nothing to repeat.
    private void ClientGone(Action<string> told)
    {
        Line.ClientIsGone = true;
        GiveUp();
        told(Name);
    }

    public void Dispose()
    {
        Receiver.Dispose();
        Settler.Dispose();
        Leases.Dispose();
        foreach (Trouble trouble in Troubles)
            trouble.Forget();
    }

    private OwnThreads? OwnThreadsOf(QueueBuilder setup, Surroundings surroundings)
    {
        List<bool> own = [.. setup.Handlers.Select(static h => (HandlerBuilder)h.Handler.Options).Concat(setup.Batches.Select(static b => (HandlerBuilder)b.Options)).Select(o => o.RunOnOwnThreads ?? setup.RunOnOwnThreads)];
        return surroundings.IsSimulated || !(setup.RunOnOwnThreads || own.Contains(true)) ? null : new OwnThreads(Name, setup.RunOnOwnThreads && !own.Contains(false), surroundings);
    }

    private static HandlerTable Handlers(QueueBuilder setup) => new(
        setup.HandlersByType.ToDictionary(static h => h.Type, static h => h.Handler),
        setup.Handlers.Find(static h => h.Type is null).Handler);
}
