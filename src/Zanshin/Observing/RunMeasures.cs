using System.Diagnostics;
using Zanshin.Dispatching;
using Zanshin.Pipeline;

namespace Zanshin.Observing;

/// <summary>What is measured of one run while somebody listens. What began unheard ends unheard.</summary>
internal readonly struct RunMeasures
{
    private readonly Instruments? _instruments;
    private readonly TimeSpan _began;
    private readonly bool _busy;

    private RunMeasures(Instruments instruments, Run run)
    {
        (_instruments, _began) = (instruments, run.Line.Surroundings.Now);
        if (instruments.SlotsBusy is { Enabled: true })
        {
            _busy = true;
            run.Line.Dispatcher.Busy.Begin(run.Began);
        }
    }

    public static RunMeasures Begin(Run run) => run.Line.Counts.Instruments is { HearsRuns: true } instruments ? new(instruments, run) : default;

    public void Began(Run run)
    {
        if (_instruments is not { Age.Enabled: true })
            return;
        long now = run.Line.Surroundings.Time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (Delivery delivery in run.Deliveries)
        {
            if (delivery.Verdict.Unrun || delivery.SentAt is not { } sent)
                continue;
            // Not below zero: the machines' clocks differ.
            _instruments.Record(_instruments.Age, Math.Max(0, now - sent) / 1000.0, run.Line.Name, new()
            {
                { "messaging.destination.name", run.Line.Name },
                { "zanshin.attempt", delivery.Attempt == 1 ? "first" : "later" },
            });
        }
    }

    /// <summary>The run has its verdicts, and its slot is about to be free again.</summary>
    public void Ended(Run run)
    {
        if (_instruments is null)
            return;
        TimeSpan now = run.Line.Surroundings.Now;
        if (_busy)
            run.Line.Dispatcher.Busy.End(now);
        if (_instruments.ProcessDuration.Enabled && !Array.TrueForAll(run.Deliveries, static d => d.Verdict.Unrun))
        {
            TagList tags = new()
            {
                { "messaging.system", "aws_sqs" },
                { "messaging.operation.name", "process" },
                { "messaging.operation.type", "process" },
                { "messaging.destination.name", run.Line.Name },
            };
            if (ProcessActivity.ErrorType(run) is { } error)
                tags.Add("error.type", error);
            _instruments.Record(_instruments.ProcessDuration, (now - _began).TotalSeconds, run.Line.Name, tags);
        }
    }

    /// <summary>The message is done, rejected or at the end of its receives, which is known when it is settled: until its copy is made a reject may become a retry, and a retry a reject.</summary>
    public static void Over(Delivery delivery)
    {
        if (delivery.Line.Counts.Instruments is not { Attempts.Enabled: true } instruments)
            return;
        instruments.Record(instruments.Attempts, delivery.Attempt, delivery.Line.Name, new()
        {
            { "messaging.destination.name", delivery.Line.Name },
            { "zanshin.outcome", ProcessActivity.Outcome(delivery.Verdict) },
        });
    }
}
