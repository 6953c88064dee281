using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Pipeline;

public class BatchPipelineTests
{
    public sealed class Journal
    {
        public List<string> Lines { get; } = [];
    }

    public sealed class Outer(Journal journal) : IBatchMiddleware
    {
        public async ValueTask<BatchOutcome> InvokeAsync(IReadOnlyList<Message> batch, BatchDelegate next, CancellationToken cancel)
        {
            journal.Lines.Add($"outer, {batch.Count}");
            try
            {
                return await next(batch, cancel);
            }
            catch (TimeoutException)
            {
                journal.Lines.Add("outer saw it");
                throw;
            }
        }
    }

    /// <summary>Keeps messages from the handler, and gives them an outcome itself.</summary>
    public sealed class Filter : IBatchMiddleware
    {
        public async ValueTask<BatchOutcome> InvokeAsync(IReadOnlyList<Message> batch, BatchDelegate next, CancellationToken cancel)
        {
            BatchOutcome outcome = await next([.. batch.Where(static m => m.Text != "1")], cancel);
            foreach (Message message in batch.Where(static m => m.Text == "1" && m.Attempt == 1))
                outcome[message] = Outcome.Retry(TimeSpan.FromSeconds(5));
            return outcome;
        }
    }

    public sealed class Scoped(Journal journal) : IDisposable
    {
        public void Dispose() => journal.Lines.Add("scope ends");
    }

    public sealed class Mails(Journal journal, Scoped scoped) : IHandleBatch<string>
    {
        public ValueTask<BatchOutcome> HandleAsync(IReadOnlyList<Message<string>> batch, CancellationToken cancel)
        {
            Assert.NotNull(scoped);
            journal.Lines.Add($"handler, {string.Join(' ', batch.Select(static m => m.Body))}");
            if (batch.Any(static m => m.Body == "bad" && m.Attempt == 1))
                throw new TimeoutException();
            return ValueTask.FromResult<BatchOutcome>(Outcome.Done);
        }
    }

    [Fact]
    public void Middleware_is_called_once_for_a_batch_in_its_order_in_one_scope() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("mail");
        await bench.SendManyAsync(url, 3);
        await StartAsync(bench);
        await bench.Until(() => bench.Status is { Done: 3, Settling: 0 });

        Assert.Equal(["outer, 3", "handler, 0 2", "scope ends", "outer, 1"], Lines(bench));
        Assert.Equal(1, bench.Status.Retried);
    });

    [Fact]
    public void Middleware_sees_what_the_handler_throws() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("mail");
        await bench.SendAsync(url, "bad");
        await StartAsync(bench);
        await bench.Until(() => bench.Status.Done == 1);
        Assert.Equal(["outer, 1", "handler, bad", "outer saw it", "scope ends", "outer, 1", "handler, bad", "scope ends"], Lines(bench));
    });

    [Fact]
    public void A_batch_has_one_activity_linked_with_the_senders() => Bench.Run(async bench =>
    {
        List<Activity> activities = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Zanshin",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (Equals(activity.GetTagItem("messaging.destination.name"), "linked"))
                    activities.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        string url = await bench.QueueAsync("linked");
        for (int i = 1; i <= 2; i++)
        {
            await bench.Direct.SendMessageAsync(new()
            {
                QueueUrl = url,
                MessageBody = $"{i}",
                MessageAttributes = new() { ["traceparent"] = new() { DataType = "String", StringValue = $"00-0af7651916cd43dd8448eb211c80319{i}-b7ad6b716920333{i}-01" } },
            });
        }
        await bench.StartAsync(static z => z.Queue("linked", static q => q.HandleBatch(Body.Text, static (_, _, _) => ValueTask.FromResult<BatchOutcome>(Outcome.Done))));
        await bench.Until(() => bench.Status.Done == 2);

        Activity only = Assert.Single(activities);
        Assert.Equal(2, only.GetTagItem("messaging.batch.message_count"));
        Assert.Equal(["b7ad6b7169203331", "b7ad6b7169203332"], only.Links.Select(static l => l.Context.SpanId.ToString()).Order());
    });

    private static Task StartAsync(Bench bench) => bench.StartAsync(static z =>
    {
        z.UseBatch<Outer>();
        z.Queue("mail", static q =>
        {
            q.Retry(Backoff.Delays(TimeSpan.FromSeconds(1)));
            q.UseBatch<Filter>();
            q.HandleBatch<string, Mails>(Body.Text);
        });
    }, static services => services.AddSingleton<Journal>().AddScoped<Scoped>());

    private static List<string> Lines(Bench bench) => bench.Services.GetRequiredService<Journal>().Lines;
}
