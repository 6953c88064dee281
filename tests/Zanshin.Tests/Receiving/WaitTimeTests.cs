using Zanshin.Receiving;
using Zanshin.Sqs;
using Zanshin.Testing;
using Zanshin.Tests.Rig;
using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;

namespace Zanshin.Tests.Receiving;

/// <summary>Idle receives that something between here and SQS ends: no trouble, and after two of them none is ended any more.</summary>
public class WaitTimeTests
{
    private static readonly TimeSpan Whole = TimeSpan.FromSeconds(20);
    private static readonly SqsFailure Reset = new(SqsFailureKind.NoAnswer, "reset");

    [Theory]
    [InlineData(10, 9)]
    [InlineData(5, 4)]
    [InlineData(20, 18)]
    [InlineData(20.4, 18)]
    [InlineData(2, 1)]
    [InlineData(1, 0)]
    public void Two_cuts_in_a_row_have_receives_wait_a_bit_less(double cut, int seconds)
    {
        var wait = new WaitTime(Whole, null);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(Whole, wait.Next(default));
            Assert.True(wait.IsCut(Whole, TimeSpan.FromSeconds(cut), Reset, default));
        }
        var less = TimeSpan.FromSeconds(seconds);
        Assert.Equal(less, wait.Next(default));
        WaitTime.Learnt? learnt = wait.Answered(less, less, default);
        Assert.Equal((less, TimeSpan.FromSeconds(cut)), (learnt!.Wait, learnt.Cut));
        Assert.Null(wait.Answered(less, less, default));
        // Ended then all the same: it is not the wait.
        Assert.False(wait.IsCut(less, TimeSpan.FromSeconds(cut), Reset, default));
    }

    [Fact]
    public void What_a_server_that_goes_away_ends_teaches_nothing()
    {
        var wait = new WaitTime(Whole, null);
        Assert.True(wait.IsCut(Whole, TimeSpan.FromSeconds(7), Reset, default));
        Assert.False(wait.IsCut(Whole, TimeSpan.FromSeconds(0.1), Reset, default)); // refused
        Assert.False(wait.IsCut(Whole, TimeSpan.FromSeconds(30), Reset, default)); // our own limit
        Assert.True(wait.IsCut(Whole, TimeSpan.FromSeconds(7), Reset, default));
        Assert.Null(wait.Answered(Whole, Whole, default));
        Assert.True(wait.IsCut(Whole, TimeSpan.FromSeconds(7), Reset, default));
        Assert.Equal(Whole, wait.Next(default));
    }

    [Theory]
    [InlineData(SqsFailureKind.Throttled)]
    [InlineData(SqsFailureKind.Credentials)]
    [InlineData(SqsFailureKind.NoQueue)]
    public void What_sqs_itself_says_is_no_cut(object kind) =>
        Assert.False(new WaitTime(Whole, null).IsCut(Whole, TimeSpan.FromSeconds(10), new((SqsFailureKind)kind, ""), default));

    [Fact]
    public void The_clients_own_timeout_is_known_at_once() => Assert.Equal(4, new WaitTime(Whole, TimeSpan.FromSeconds(5)).Next(default).TotalSeconds);

    [Fact]
    public void Every_hour_the_whole_wait_is_tried_again()
    {
        var wait = new WaitTime(Whole, null);
        TimeSpan nine = TimeSpan.FromSeconds(9), now = default;
        wait.IsCut(Whole, TimeSpan.FromSeconds(10), Reset, now);
        wait.IsCut(Whole, TimeSpan.FromSeconds(10), Reset, now);
        wait.Answered(nine, nine, now);
        now += TimeSpan.FromMinutes(61);
        Assert.Equal(Whole, wait.Next(now));
        Assert.True(wait.IsCut(Whole, TimeSpan.FromSeconds(10), Reset, now));
        Assert.Equal(nine, wait.Next(now));
        now += TimeSpan.FromMinutes(61);
        WaitTime.Learnt? again = wait.Answered(Whole, Whole, now);
        Assert.Equal((Whole, null), (again!.Wait, again.Cut));
        Assert.Equal(Whole, wait.Next(now));
    }

    /// <summary>A quiet queue became unhealthy, its liveness asked for a restart, and its next message was late by the pause.</summary>
    [Theory]
    [InlineData(Fate.LostBefore)]
    [InlineData(Fate.Cancelled)]
    [InlineData(Fate.ServerError)]
    [InlineData(Fate.Empty)]
    public void A_quiet_queue_whose_idle_receives_are_cut_stays_healthy(Fate how) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        using var proxy = new CutsIdle(bench.Faults, bench, how);
        using AmazonSQSClient client = LocalSqsClient.Create(proxy);
        double late = 0;
        await bench.StartAsync(
            z => z.Queue("orders", q => q.Handle(Body.Text, (message, _, _) =>
            {
                late = bench.Now() - double.Parse(message.Body, System.Globalization.CultureInfo.InvariantCulture);
                return ValueTask.CompletedTask;
            })),
            services => services.AddSingleton<IAmazonSQS>(client));
        for (int i = 0; i < 60; i++)
        {
            await bench.Pass(5);
            Assert.Equal((QueueHealth.Healthy, null), (bench.Status.Health, bench.Status.Trouble));
        }
        string said = Assert.Single(bench.Log.Lines, static l => l.Id == 18).Text;
        Assert.Contains("or set the queue's WaitTime to 9 s", said, StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 10);
        Assert.Equal(2, proxy.Cuts);
        await bench.SendAsync(url, bench.Now().ToString("R", System.Globalization.CultureInfo.InvariantCulture));
        await bench.Until(() => bench.Status.Done == 1);
        Assert.InRange(late, 0, 0.1);
        await bench.StopAsync();
    });

    /// <summary>Ends what has brought nothing for 10 s.</summary>
    private sealed class CutsIdle(HttpMessageHandler inner, Bench bench, Fate how) : DelegatingHandler(inner)
    {
        public int Cuts { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var cut = new CancellationTokenSource();
            using ITimer timer = bench.Time.CreateTimer(static source => Inline((CancellationTokenSource)source!), cut, TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cut.Token, cancellationToken);
            try
            {
                return await base.SendAsync(request, either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cut.IsCancellationRequested)
            {
                Cuts++;
                return how switch
                {
                    Fate.ServerError => new HttpResponseMessage(System.Net.HttpStatusCode.GatewayTimeout) { Content = new StringContent("<html>504</html>") },
                    Fate.Empty => new HttpResponseMessage(System.Net.HttpStatusCode.OK) { Content = new StringContent("") },
                    Fate.Cancelled => throw new TaskCanceledException("The request was canceled due to the configured HttpClient.Timeout", new TimeoutException()),
                    _ => throw new HttpRequestException("reset", new IOException("reset")),
                };
            }
        }

        // With no context set, what awaits goes on here instead of on the pool.
        private static void Inline(CancellationTokenSource cut)
        {
            SynchronizationContext? before = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(null);
            cut.Cancel();
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }
}
