using System.Net;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Hosting;

public class ScaleInTests
{
    private const string On = """{"ProtectionEnabled":true,"ExpiresInMinutes":20}""";
    private const string Off = """{"ProtectionEnabled":false}""";

    [Fact]
    public void The_task_is_protected_while_messages_are_here_and_some_time_after() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        using var agent = new Agent(bench);
        await StartAsync(bench, agent, TimeSpan.FromMinutes(25));
        await bench.Pass(100);
        Assert.Empty(agent.Calls);

        double sent = bench.Now();
        await bench.SendAsync(url, "one");
        await bench.Until(() => bench.Status.Done == 1);
        double done = bench.Now();
        await bench.Pass(100);
        Assert.Equal([On, On, On, Off], agent.Calls.Select(static c => c.Body));
        Assert.InRange(agent.Calls[0].At - sent, 0, 1.1);
        Assert.InRange(agent.Calls[1].At - agent.Calls[0].At, 600, 601.1); // renewed half-way
        Assert.InRange(agent.Calls[3].At - done, 29, 31.1);
        Assert.Equal("http://169.254.170.2/v4/abc/task-protection/v1/state", agent.Calls[0].Uri);
        await bench.StopAsync();
        Assert.Equal(4, agent.Calls.Count);
        Assert.Equal(0, bench.Worker.GetStatus().TasksAlive);
    });

    [Fact]
    public void It_is_dropped_at_the_stop_and_kept_until_then() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        using var agent = new Agent(bench);
        await StartAsync(bench, agent, TimeSpan.FromSeconds(20));
        await bench.SendAsync(url, "one");
        await bench.Until(() => bench.Status.Running == 1);
        await bench.Pass(2);
        await bench.StopAsync();
        Assert.Equal([On, Off], agent.Calls.Select(static c => c.Body));
        Assert.InRange(agent.Calls[1].At - agent.Calls[0].At, 17, 20);
        Assert.Equal(1, bench.Status.Done);
    });

    [Fact]
    public void A_stream_of_short_messages_keeps_it_and_is_not_told_one_by_one() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        using var agent = new Agent(bench);
        await StartAsync(bench, agent, TimeSpan.FromMilliseconds(10));
        for (int i = 0; i < 60; i++)
        {
            await bench.SendAsync(url, "one");
            await bench.Pass(5);
        }
        Assert.Equal([On], agent.Calls.Select(static c => c.Body));
    });

    [Theory]
    [InlineData("""{"failure":{"Arn":"arn:x","Detail":null,"Reason":"TASK_NOT_VALID"}}""", HttpStatusCode.OK, "TASK_NOT_VALID")]
    [InlineData("""{"error":{"Arn":"arn:x","Code":"AccessDeniedException","Message":"not allowed"}}""", HttpStatusCode.BadRequest, "AccessDeniedException not allowed")]
    [InlineData("""{"protection":{"ProtectionEnabled":false}}""", HttpStatusCode.OK, "not the protection that was asked for")]
    [InlineData("<html>", HttpStatusCode.BadGateway, "502 and something that is no JSON object")]
    [InlineData(null, HttpStatusCode.OK, "no route")]
    public void A_refusal_is_tried_again_and_logged_once_on_loss_and_on_recovery(string? answer, HttpStatusCode status, string says) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        using var agent = new Agent(bench) { Answer = _ => answer is null ? throw new HttpRequestException("no route") : (status, answer) };
        await StartAsync(bench, agent, TimeSpan.FromMinutes(10));
        await bench.SendAsync(url, "one");
        await bench.Pass(60);
        Assert.InRange(agent.Calls.Count, 3, 12);
        agent.Answer = Agent.Agrees;
        await bench.Pass(60);

        Assert.Contains(says, Assert.Single(bench.Log.Lines, static l => l.Id == 10).Text, StringComparison.Ordinal);
        Assert.Single(bench.Log.Lines, static l => l.Id == 11);
        Assert.Equal(1, bench.Status.Running);
    });

    [Fact]
    public void An_agent_that_does_not_answer_holds_up_neither_messages_nor_the_stop() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        using var agent = new Agent(bench) { Hangs = true };
        await StartAsync(bench, agent, TimeSpan.FromSeconds(1));
        await bench.SendAsync(url, "one");
        await bench.Pass(30);
        Assert.Equal(1, bench.Status.Done);
        bench.Worker.Quiet();
        await bench.Pass(25);
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StopAsync();
        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 0, 1.1); // the last call; one that is under way is ended
        Assert.Equal(0, bench.Worker.GetStatus().TasksAlive);
    });

    [Fact]
    public void A_call_that_is_under_way_at_the_stop_is_ended() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        using var agent = new Agent(bench) { Hangs = true };
        await StartAsync(bench, agent, TimeSpan.FromSeconds(1), wait: TimeSpan.FromSeconds(1));
        await bench.SendAsync(url, "one");
        await bench.Until(() => agent.Calls.Count == 1);
        await bench.Until(() => bench.Status.Done == 1);
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StopAsync();
        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 1, 2.2); // an open receive, and the last call
        Assert.Equal([On, Off], agent.Calls.Select(static c => c.Body));
        Assert.Single(bench.Log.Lines, static l => l.Id == 10); // of the last call
    });

    [Fact]
    public void Without_an_agent_it_does_nothing_and_says_so_once() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        await bench.StartAsync(static z =>
        {
            z.ProtectFromScaleIn(static p => p.AgentUri = null);
            z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
        });
        await bench.Pass(100);
        Assert.Single(bench.Log.Lines, static l => l.Id == 57);
    });

    [Fact]
    public void Options_that_cannot_work_are_said() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(static z =>
        {
            z.ProtectFromScaleIn(static p => (p.AgentUri, p.DropAfter, p.ExpiresIn) = ("agent", TimeSpan.FromHours(2), TimeSpan.FromSeconds(90)));
            z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
        });
        Assert.Equal(3, (await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default))).Problems.Count);
    });

    private static Task StartAsync(Bench bench, Agent agent, TimeSpan work, TimeSpan? wait = null) => bench.StartAsync(z =>
    {
        z.ProtectFromScaleIn(p => (p.AgentUri, p.Transport) = ("http://169.254.170.2/v4/abc/", agent));
        z.Queue("orders", q =>
        {
            q.WaitTime = wait ?? q.WaitTime;
            q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(work, bench.Time, cancel));
        });
    });

    private sealed class Agent(Bench bench) : HttpMessageHandler
    {
        public List<(double At, string Uri, string Body)> Calls { get; } = [];

        public Func<string, (HttpStatusCode Status, string Body)> Answer { get; set; } = Agrees;

        public bool Hangs { get; init; }

        // Ends with no context set: the client's own continuations would hop to the pool otherwise.
        private static async Task NeverAsync(CancellationToken cancel)
        {
            var never = new TaskCompletionSource();
            using CancellationTokenRegistration end = cancel.UnsafeRegister(_ =>
            {
                SynchronizationContext? before = SynchronizationContext.Current;
                SynchronizationContext.SetSynchronizationContext(null);
                never.TrySetCanceled(cancel);
                SynchronizationContext.SetSynchronizationContext(before);
            }, null);
            await never.Task.ConfigureAwait(false);
        }

        public static (HttpStatusCode Status, string Body) Agrees(string asked) => (
            HttpStatusCode.OK, """{"protection":{"ExpirationDate":"2026-01-01T00:00:00Z","ProtectionEnabled":?,"TaskArn":"arn:x"}}""".Replace("?", asked == On ? "true" : "false", StringComparison.Ordinal));

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string asked = await request.Content!.ReadAsStringAsync(CancellationToken.None);
            Assert.Equal((HttpMethod.Put, "application/json"), (request.Method, request.Content.Headers.ContentType!.MediaType));
            Calls.Add((bench.Now(), request.RequestUri!.ToString(), asked));
            if (Hangs)
                await NeverAsync(cancellationToken).ConfigureAwait(false);
            (HttpStatusCode status, string body) = Answer(asked);
            return new HttpResponseMessage(status) { Content = new StringContent(body) };
        }
    }
}
