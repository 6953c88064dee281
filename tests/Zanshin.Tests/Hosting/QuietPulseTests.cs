using Microsoft.Extensions.Logging.Abstractions;
using Zanshin.Hosting;
using Zanshin.Tests.Rig;
using Zanshin.Timing;

namespace Zanshin.Tests.Hosting;

/// <summary>SIGTSTP, SIGCONT, and what else makes a worker quiet.</summary>
public class QuietPulseTests
{
    [Fact]
    public void Cont_takes_back_what_tstp_has_done_and_only_that() => Bench.Run(async bench =>
    {
        (QuietPulse pulse, JumpyClock _) = await StartAsync(bench);
        using QuietPulse owned = pulse;
        pulse.Continued();
        Assert.Equal(WorkerState.Working, State(bench));
        pulse.Quiet();
        pulse.Quiet();
        Assert.Equal(WorkerState.Quiet, State(bench));
        await bench.Pass(100);
        pulse.Continued();
        Assert.Equal(WorkerState.Working, State(bench));

        // An operator's.
        bench.Worker.Quiet();
        pulse.Continued();
        Assert.Equal(WorkerState.Quiet, State(bench));
        pulse.Quiet();
        pulse.Continued();
        Assert.Equal(WorkerState.Quiet, State(bench));
        bench.Worker.Resume();
        Assert.Equal(WorkerState.Working, State(bench));

        // Resume by code is for whatever made it quiet.
        pulse.Quiet();
        bench.Worker.Resume();
        Assert.Equal(WorkerState.Working, State(bench));
    });

    /// <summary>A debugger, or an operator who had stopped the process, sent it: the worker received again.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Cont_that_ends_a_stop_of_the_process_resumes_nothing_and_the_next_one_does(bool beatComesFirst) => Bench.Run(async bench =>
    {
        (QuietPulse pulse, JumpyClock clock) = await StartAsync(bench);
        using QuietPulse owned = pulse;
        pulse.Quiet();
        await bench.Pass(5);
        clock.JumpAfter(0, TimeSpan.FromMinutes(1));
        if (beatComesFirst)
            await bench.Pass(0.5);
        pulse.Continued();
        Assert.Equal(WorkerState.Quiet, State(bench));
        pulse.Continued();
        Assert.Equal(WorkerState.Working, State(bench));
    });

    [Fact]
    public void A_process_that_stood_still_without_a_cont_heeds_the_next_one() => Bench.Run(async bench =>
    {
        (QuietPulse pulse, JumpyClock clock) = await StartAsync(bench);
        using QuietPulse owned = pulse;
        pulse.Quiet();
        clock.JumpAfter(0, TimeSpan.FromMinutes(1));
        await bench.Pass(10);
        pulse.Continued();
        Assert.Equal(WorkerState.Working, State(bench));
    });

    private static WorkerState State(Bench bench) => bench.Worker.GetStatus().State;

    private static async Task<(QuietPulse Pulse, JumpyClock Clock)> StartAsync(Bench bench)
    {
        await bench.QueueAsync("orders");
        await bench.StartAsync(static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        var clock = new JumpyClock(bench.Time);
        return (new QuietPulse(bench.Worker, new Surroundings(clock, new Random(1), bench.Time.Context), NullLogger.Instance), clock);
    }
}
