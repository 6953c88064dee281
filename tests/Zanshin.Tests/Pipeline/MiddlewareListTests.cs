using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Pipeline;

public class MiddlewareListTests
{
    public sealed class Journal
    {
        public List<string> Lines { get; } = [];
    }

    public abstract class Noting(Journal journal) : IMiddleware, IBatchMiddleware
    {
        public async ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel)
        {
            journal.Lines.Add(GetType().Name);
            return await next(message, cancel);
        }

        public async ValueTask<BatchOutcome> InvokeAsync(IReadOnlyList<Message> batch, BatchDelegate next, CancellationToken cancel)
        {
            journal.Lines.Add(GetType().Name);
            return await next(batch, cancel);
        }
    }

    public sealed class A(Journal journal) : Noting(journal);

    public sealed class B(Journal journal) : Noting(journal);

    public sealed class C(Journal journal) : Noting(journal);

    public sealed class D(Journal journal) : Noting(journal);

    public sealed class Numbered(int number, Journal journal) : IMiddleware
    {
        public ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel)
        {
            journal.Lines.Add(number.ToString(CultureInfo.InvariantCulture));
            return next(message, cancel);
        }
    }

    [Fact]
    public void The_workers_goes_around_the_queues_and_that_around_the_handlers_whatever_is_set_up_first() => Bench.Run(async bench =>
    {
        Journal journal = await StartAsync(bench, static z =>
        {
            z.Queue("one", static q =>
            {
                q.Handle("own", Body.Text, static (_, _, _) => ValueTask.CompletedTask, static h => h.Use<C>());
                q.Handle("plain", Body.Text, static (_, _, _) => ValueTask.CompletedTask);
                q.Use<B>();
            });
            z.Use<A>();
        });
        Assert.Equal("A B C", await RunAsync(bench, journal, "own"));
        Assert.Equal("A B", await RunAsync(bench, journal, "plain"));
        Assert.Equal("A B", await RunAsync(bench, journal, "unknown")); // what nobody handles passes through too
    });

    [Fact]
    public void A_queue_and_a_handler_take_out_and_put_in_what_they_like_and_others_keep_theirs() => Bench.Run(async bench =>
    {
        Journal journal = await StartAsync(bench, static z =>
        {
            z.Use<A>().Use<B>();
            z.Queue("one", static q =>
            {
                q.Middleware.Remove<A>().Remove<D>();
                q.Handle("removed", Body.Text, Done);
                q.Handle("before", Body.Text, Done, static h => h.Middleware.InsertBefore<B, C>());
                q.Handle("after", Body.Text, Done, static h => h.Middleware.Add<D>().InsertAfter<B, C>());
                q.Handle("first", Body.Text, Done, static h => h.Middleware.AddFirst<C>());
                q.Handle("replaced", Body.Text, Done, static h => h.Middleware.Replace<B, D>());
                q.Handle("in another's place", Body.Text, Done, static h => h.Middleware.Add<C>().Add<D>().Replace<B, D>());
                q.Handle("in its own", Body.Text, Done, static h => h.Middleware.Add<C>().Replace<C, C>());
                q.Handle("cleared", Body.Text, Done, static h => h.Middleware.Clear());
                q.Handle("moved", Body.Text, Done, static h => h.Middleware.Add<C>().Add<D>().InsertBefore<B, D>().Add<B>());
            });
            z.Queue("two", static q => q.Handle(Body.Text, Done));
            z.Queue("three", static q =>
            {
                q.Middleware.Clear().Add<C>();
                q.Handle(Body.Text, Done);
            });
        });
        Assert.Equal("B", await RunAsync(bench, journal, "removed"));
        Assert.Equal("C B", await RunAsync(bench, journal, "before"));
        Assert.Equal("B C D", await RunAsync(bench, journal, "after"));
        Assert.Equal("C B", await RunAsync(bench, journal, "first"));
        Assert.Equal("D", await RunAsync(bench, journal, "replaced"));
        Assert.Equal("D C", await RunAsync(bench, journal, "in another's place"));
        Assert.Equal("B C", await RunAsync(bench, journal, "in its own"));
        Assert.Equal("", await RunAsync(bench, journal, "cleared"));
        Assert.Equal("D B C", await RunAsync(bench, journal, "moved"));
        Assert.Equal("A B", await RunAsync(bench, journal, null, queue: "two"));
        Assert.Equal("C", await RunAsync(bench, journal, null, queue: "three"));
    });

    [Fact]
    public void What_is_put_somewhere_else_moves_and_what_is_added_again_stays()
    {
        MiddlewareList<IMiddleware> list = new ZanshinBuilder(new ServiceCollection()).Middleware;
        list.Add<A>().Add<B>().Add<C>().Add<A>();
        Assert.Equal([typeof(A), typeof(B), typeof(C)], list.Types);
        Assert.Equal([typeof(C), typeof(A), typeof(B)], list.AddFirst<C>().Types);
        Assert.Equal([typeof(C), typeof(B), typeof(A)], list.InsertBefore<A, B>().Types);
        Assert.Equal([typeof(B), typeof(C), typeof(A)], list.InsertAfter<B, C>().Types);
        Assert.Equal([typeof(A), typeof(C)], list.Replace<B, A>().Types);
        Assert.Equal([typeof(A)], list.Remove<C>().Remove<D>().Types);
        Assert.Empty(list.Clear().Types);
    }

    [Fact]
    public void A_list_tells_what_is_in_it() => Bench.Run(async bench =>
    {
        await StartAsync(bench, static z =>
        {
            z.Use<A>();
            z.Queue("one", q =>
            {
                q.Handle(Body.Text, Done);
                Assert.True(q.Middleware.Contains<A>());
                q.Middleware.Remove<A>().Add<B>();
                Assert.False(q.Middleware.Contains<A>());
                Assert.Equal([typeof(B)], q.Middleware.Types);
                Assert.Equal([typeof(A)], z.Middleware.Types);
            });
        });
    });

    [Fact]
    public void Instances_factories_and_functions_are_middleware_too_and_of_a_kind_there_may_be_several() => Bench.Run(async bench =>
    {
        var journal = new Journal();
        await StartAsync(bench, z => z.Queue("one", q =>
        {
            q.Middleware.Add(new Numbered(1, journal)).Add(new Numbered(2, journal)).Add(static services => new Numbered(3, services.GetRequiredService<Journal>()));
            q.Middleware.InsertBefore<Numbered>(new Numbered(0, journal)).InsertAfter<Numbered>(new Numbered(9, journal));
            q.Use(async (message, next, cancel) =>
            {
                journal.Lines.Add("in");
                Outcome outcome = await next(message, cancel);
                journal.Lines.Add($"out {outcome}");
                return outcome;
            });
            q.Use(static (message, next, cancel) => message.Text == "skip" ? ValueTask.FromResult(Outcome.Reject("skipped")) : next(message, cancel));
            q.Reject = RejectPolicy.Delete;
            q.Handle("own", Body.Text, (_, _, _) =>
            {
                journal.Lines.Add("handler");
                return ValueTask.CompletedTask;
            });
            q.Handle("replaced", Body.Text, Done, h => h.Middleware.Replace<Numbered>(new Numbered(7, journal)));
        }), journal);
        Assert.Equal("0 9 1 2 3 in handler out Done", await RunAsync(bench, journal, "own"));
        Assert.Equal("7 9 1 2 3 in out Done", await RunAsync(bench, journal, "replaced"));
        Assert.Equal("0 9 1 2 3 in out Reject: skipped", await RunAsync(bench, journal, "own", body: "skip"));
    });

    [Fact]
    public void A_middleware_may_give_the_handler_another_text() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("one");
        await bench.SendAsync(url, "pointer", type: "t");
        List<string> seen = [];
        await bench.StartAsync(z => z.Queue("one", q =>
        {
            q.Use(async (message, next, cancel) => await next(message.WithText("the " + message.Text + "'s target"), cancel));
            q.Use(async (message, next, cancel) =>
            {
                seen.Add($"{message.Text}, {message.RawText}, {message.Type}");
                return await next(message, cancel);
            });
            q.Handle("t", Body.Text, (message, _, _) =>
            {
                seen.Add($"{message.Body}, {message.Text}, {message.RawText}");
                return ValueTask.CompletedTask;
            });
        }));
        await bench.Until(() => bench.Status.Done == 1);
        Assert.Equal(["the pointer's target, pointer, t", "the pointer's target, the pointer's target, pointer"], seen);
    });

    [Fact]
    public void Batches_have_lists_too_and_functions_that_may_give_other_texts() => Bench.Run(async bench =>
    {
        var journal = new Journal();
        await StartAsync(bench, z =>
        {
            z.UseBatch<A>().UseBatch<B>();
            z.Use<D>(); // for single messages: not called
            z.Queue("one", q =>
            {
                q.Middleware.Clear();
                q.BatchMiddleware.Remove<A>();
                q.UseBatch((batch, next, cancel) => next([.. batch.Select(static m => m.WithText(m.Text + "!"))], cancel));
                q.HandleBatch(Body.Text, (batch, _, _) =>
                {
                    journal.Lines.AddRange(batch.Select(static m => m.Body));
                    return ValueTask.FromResult<BatchOutcome>(Outcome.Done);
                }, configure: static h => h.Middleware.InsertAfter<B, C>());
            });
        }, journal);
        Assert.Equal("B C x!", await RunAsync(bench, journal, null, body: "x"));
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Text.Contains("is not called for them", StringComparison.Ordinal)); // as it was cleared on purpose
    });

    [Fact]
    public void A_place_that_does_not_exist_is_said_at_start_of_every_list() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("one");
        bench.Setup(static z =>
        {
            z.Middleware.InsertBefore<A, B>();
            z.Queue("one", static q =>
            {
                q.Middleware.Replace<C, D>();
                q.Handle(Body.Text, Done, static h => h.Middleware.Clear().InsertAfter<D, A>());
            });
        });
        var error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default));
        Assert.Equal(3, error.Problems.Count);
        Assert.Contains("A is not in the worker's middleware: B cannot be put before it.", error.Message, StringComparison.Ordinal);
        Assert.Contains("C is not in the middleware of queue 'one': D cannot take its place.", error.Message, StringComparison.Ordinal);
        Assert.Contains("D is not in the middleware of the function for String: A cannot be put after it.", error.Message, StringComparison.Ordinal);
    });

    private static ValueTask Done(Message<string> message, IServiceProvider services, CancellationToken cancel) => ValueTask.CompletedTask;

    private static async Task<Journal> StartAsync(Bench bench, Action<ZanshinBuilder> configure, Journal? journal = null)
    {
        foreach (string name in (string[])["one", "two", "three"])
            await bench.QueueAsync(name);
        journal ??= new Journal();
        await bench.StartAsync(configure, services => services.AddSingleton(journal));
        return journal;
    }

    private static async Task<string> RunAsync(Bench bench, Journal journal, string? type, string queue = "one", string body = "text")
    {
        journal.Lines.Clear();
        long before = Ended();
        await bench.SendAsync((await bench.Direct.GetQueueUrlAsync(queue)).QueueUrl, body, type: type);
        await bench.Until(() => Ended() > before);
        return string.Join(" ", journal.Lines);

        long Ended() => bench.Worker.GetStatus().Queues.Sum(static q => q.Done + q.Rejected + q.Retried);
    }
}
