namespace Zanshin.Testing.Tests;

public sealed class VirtualTimeRunTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly VirtualTime _time = new();

    [Fact]
    public void Hours_pass_at_once_and_the_result_comes_back()
    {
        var result = _time.Run(async () =>
        {
            await Task.Delay(TimeSpan.FromHours(5), _time);
            return _time.GetElapsedTime(0);
        });
        Assert.Equal(TimeSpan.FromHours(5), result);
    }

    [Fact]
    public void All_of_it_runs_on_the_calling_thread_under_the_context()
    {
        var thread = Environment.CurrentManagedThreadId;
        _time.Run(async () =>
        {
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal(thread, Environment.CurrentManagedThreadId);
                Assert.Same(_time.Context, SynchronizationContext.Current);
                await Task.Delay(s_second, _time);
                await Task.Yield();
            }
        });
    }

    [Fact]
    public void Posted_items_run_in_order_before_the_clock_moves()
    {
        var log = new List<string>();
        _time.Run(async () =>
        {
            using var timer = _time.CreateTimer(_ => log.Add("timer"), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            _time.Context.Post(_ =>
            {
                log.Add("1");
                _time.Context.Post(_ => log.Add("3"), null);
            }, null);
            _time.Context.Post(_ => log.Add("2"), null);
            _time.Context.Send(_ => log.Add("0"), null);
            await Task.Delay(s_second, _time);
        });
        Assert.Equal(["0", "1", "2", "3", "timer"], log);
    }

    [Fact]
    public void What_is_posted_when_the_body_ends_still_runs_and_timers_stay()
    {
        var ran = false;
        ITimer? timer = null;
        _time.Run(() =>
        {
            timer = _time.CreateTimer(_ => { }, null, s_second, Timeout.InfiniteTimeSpan);
            _time.Context.Post(_ => ran = true, null);
            return Task.CompletedTask;
        });
        Assert.True(ran);
        Assert.Equal(1, _time.LiveTimers);
        timer!.Dispose();
        Assert.Equal(0, _time.LiveTimers);
    }

    [Fact]
    public void The_bodys_exception_comes_out_as_is()
    {
        var thrown = new FormatException("mine");
        Assert.Same(thrown, Assert.Throws<FormatException>(() => _time.Run(async () =>
        {
            await Task.Delay(s_second, _time);
            throw thrown;
        })));
        Assert.Same(thrown, Assert.Throws<FormatException>(() => _time.Run(() => throw thrown)));
        Assert.Throws<TaskCanceledException>(() => _time.Run(() => Task.FromCanceled(new CancellationToken(true))));
    }

    [Fact]
    public void An_exception_of_a_timer_or_a_posted_item_comes_out_too()
    {
        Assert.Throws<FormatException>(() => _time.Run(async () =>
        {
            _time.Context.Post(_ => throw new FormatException(), null);
            await Task.Delay(s_second, _time);
        }));
        var time = new VirtualTime();
        using var timer = time.CreateTimer(_ => throw new FormatException(), null, s_second, Timeout.InfiniteTimeSpan);
        Assert.Throws<FormatException>(() => time.Advance(s_second));
    }

    [Fact]
    public void Ambient_values_do_not_leak_from_item_to_item_nor_in_or_out()
    {
        var ambient = new AsyncLocal<string?> { Value = "caller" };
        var seen = new List<string?>();
        _time.Run(async () =>
        {
            seen.Add(ambient.Value);
            ambient.Value = "body";
            _time.Context.Post(_ => { seen.Add(ambient.Value); ambient.Value = "item"; }, null);
            _time.Context.Post(_ => seen.Add(ambient.Value), null);
            await Task.Delay(s_second, _time);
            seen.Add(ambient.Value);
        });
        Assert.Equal([null, null, null, "body"], seen);
        Assert.Equal("caller", ambient.Value);
    }

    [Fact]
    public void An_item_that_changes_the_context_does_not_change_it_for_the_next()
    {
        SynchronizationContext? seen = null;
        _time.Run(async () =>
        {
            _time.Context.Post(_ => SynchronizationContext.SetSynchronizationContext(null), null);
            _time.Context.Post(_ => seen = SynchronizationContext.Current, null);
            await Task.Delay(s_second, _time);
        });
        Assert.Same(_time.Context, seen);
    }

    [Fact]
    public void The_callers_context_is_put_back()
    {
        var before = SynchronizationContext.Current;
        _time.Run(() => Task.CompletedTask);
        Assert.Same(before, SynchronizationContext.Current);
        Assert.Throws<FormatException>(() => _time.Run(() => throw new FormatException()));
        Assert.Same(before, SynchronizationContext.Current);
    }

    [Fact]
    public void Runs_follow_one_another_on_one_clock_but_do_not_nest()
    {
        _time.Run(() => Task.Delay(s_second, _time));
        _time.Run(() => Task.Delay(s_second, _time));
        Assert.Equal(2 * s_second, _time.GetElapsedTime(0));
        Assert.Throws<InvalidOperationException>(() => _time.Run(() =>
        {
            _time.Advance(s_second);
            return Task.CompletedTask;
        }));
        Assert.Throws<InvalidOperationException>(() => _time.Run(() =>
        {
            _time.Run(() => Task.CompletedTask);
            return Task.CompletedTask;
        }));
    }

    [Fact]
    public void By_hand_a_timers_posts_run_before_the_next_timer()
    {
        var log = new List<string>();
        _time.Context.Post(_ => log.Add("posted before"), null);
        using var a = _time.CreateTimer(_ => SynchronizationContext.Current!.Post(_ => log.Add("posted by a"), null), null, s_second, s_second);
        using var b = _time.CreateTimer(_ => log.Add("b"), null, s_second, Timeout.InfiniteTimeSpan);

        _time.Advance(s_second);

        Assert.Equal(["posted before", "posted by a", "b"], log);
        Assert.NotSame(_time.Context, SynchronizationContext.Current);
    }
}
