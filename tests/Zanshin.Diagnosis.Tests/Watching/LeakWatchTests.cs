using Zanshin.Diagnosis.Scopes;

namespace Zanshin.Diagnosis.Tests.Watching;

public sealed class LeakWatchTests : IDisposable
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    private readonly List<IDisposable> _left = [];

    [Fact]
    public async Task A_timer_that_every_message_leaves_behind_is_found_once_with_its_line_and_some_messages()
    {
        using var looks = new Looks();
        await looks.LookAsync(3 * Looks.Enough, _ => LeaveTimer());

        LeakFinding found = Assert.Single(looks.Found);
        Assert.Equal(["timer"], found.Leak.Kinds);
        Assert.EndsWith($"{nameof(LeakWatchTests)}.{nameof(LeaveTimer)}", found.Leak.Frames[0].Method, StringComparison.Ordinal);
        Assert.EndsWith("LeakWatchTests.cs", found.Leak.Frames[0].File, StringComparison.Ordinal);
        Assert.InRange(found.PerMessage, 0.9, 1.1);
        Assert.Equal(5, found.Leak.Scopes.Count);
        Assert.All(found.Leak.Scopes, static s => Assert.StartsWith("message ", s, StringComparison.Ordinal));
        // It is seen to grow on.
        LeakFinding now = Assert.Single(looks.Watch.Findings, f => f.Leak.Fingerprint == found.Leak.Fingerprint);
        Assert.True(now.LastSeen > found.FirstSeen);
        Assert.True(now.Leak.Count > found.Leak.Count);
        Assert.True(looks.Watch.Orphans["timer"] >= now.Leak.Count);
    }

    [Fact]
    public async Task Two_bugs_are_two_findings()
    {
        using var looks = new Looks();
        await looks.LookAsync(2 * Looks.Enough, _ =>
        {
            LeaveTimer();
            LeaveLoop();
        });
        Assert.Equal([nameof(LeaveLoop), nameof(LeaveTimer)], looks.Found.Select(static f => f.Leak.Frames[0].Method.Split('.')[^1]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_made_once_and_shared_is_no_leak()
    {
        using var looks = new Looks();
        int message = 0;
        await looks.LookAsync(3 * Looks.Enough, _ =>
        {
            if (++message <= 5)
                LeaveTimer();
        });
        Assert.Empty(looks.Found);
        Assert.Equal(5, looks.Watch.Orphans["timer"]);
    }

    [Fact]
    public async Task What_outlives_its_message_and_ends_later_is_no_leak()
    {
        using var looks = new Looks();
        await looks.LookAsync(3 * Looks.Enough, _ =>
        {
            LeaveTimer();
            if (_left.Count <= 60)
                return;
            _left[0].Dispose();
            _left.RemoveAt(0);
        });
        Assert.Empty(looks.Found);
    }

    [Fact]
    public async Task A_thread_is_found_by_its_name_however_it_is_numbered()
    {
        using var looks = new Looks();
        int number = 0;
        await looks.LookAsync(Looks.Enough + 10, _ => LeaveThread($"extender-{++number}"), messages: 1);

        LeakFinding found = Assert.Single(looks.Found);
        Assert.Equal(["thread"], found.Leak.Kinds);
        Assert.Contains("extender-", found.Leak.What, StringComparison.Ordinal);
        Assert.InRange(found.PerMessage, 0.9, 1.1);
    }

    [Fact]
    public async Task A_linked_token_source_that_is_not_disposed_is_found_by_what_holds_it()
    {
        using var stop = new CancellationTokenSource();
        using var looks = new Looks(o => o.WatchToken("the stop", stop.Token));
        await looks.LookAsync(Looks.Enough, _ => _left.Add(CancellationTokenSource.CreateLinkedTokenSource(stop.Token, CancellationToken.None)));

        LeakFinding found = Assert.Single(looks.Found);
        Assert.Equal(["registration"], found.Leak.Kinds);
        Assert.Contains("LinkedNCancellationTokenSource", found.Leak.What.Replace("Linked1", "LinkedN", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("registered with the stop", found.Leak.What, StringComparison.Ordinal);
        Assert.InRange(found.PerMessage, 0.9, 1.1);
    }

    [Fact]
    public async Task One_that_is_disposed_is_not()
    {
        using var stop = new CancellationTokenSource();
        using var looks = new Looks(o => o.WatchToken("the stop", stop.Token));
        await looks.LookAsync(Looks.Enough, _ => CancellationTokenSource.CreateLinkedTokenSource(stop.Token, CancellationToken.None).Dispose());
        Assert.Empty(looks.Found);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Messages_that_stay_reachable_are_found(bool stay)
    {
        using var looks = new Looks();
        List<object> cache = [];
        for (int look = 0; look < Looks.Enough; look++)
        {
            await looks.LookAsync(1, scope => MessageSamples.Offer(scope, Message(stay ? cache : null)));
            GC.Collect();
        }
        Assert.Equal(stay, looks.Found.Exists(static f => f.Leak.Kinds is ["message"]));
        if (stay)
            Assert.InRange(looks.Found[0].PerMessage, 0.9, 1.1);
        GC.KeepAlive(cache);
    }

    [Fact]
    public async Task What_is_to_be_ignored_is()
    {
        using var looks = new Looks(static o => o.IgnoreStartedBy.Add($"{nameof(LeakWatchTests)}.{nameof(LeaveTimer)}"));
        await looks.LookAsync(Looks.Enough, _ => LeaveTimer());
        Assert.Empty(looks.Found);
    }

    [Fact]
    public async Task What_is_left_running_is_told_at_the_end()
    {
        // Also of the last messages, however long others may take.
        using var looks = new Looks(static o => o.Linger = s_hour);
        await looks.LookAsync(1, _ => LeaveTimer(), messages: 2);

        Leak left = Assert.Single(await looks.Watch.LeftRunningAsync());
        Assert.Equal(2, left.Count);
        Assert.EndsWith(nameof(LeaveTimer), left.Frames[0].Method, StringComparison.Ordinal);
        Dispose();
        Assert.Empty(await looks.Watch.LeftRunningAsync());
    }

    [Fact]
    public async Task A_stop_that_is_short_of_time_tells_what_is_there_then()
    {
        using var looks = new Looks();
        await looks.LookAsync(1, _ => LeaveTimer());
        Assert.Single(await looks.Watch.LeftRunningAsync(new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task It_looks_until_it_is_cancelled_and_can_be_disposed_twice()
    {
        using var looks = new Looks(static o => o.Every = TimeSpan.FromMilliseconds(10));
        using var stop = new CancellationTokenSource();
        Task running = looks.Watch.RunAsync(static _ => { }, stop.Token);
        Assert.False(running.IsCompleted);
        await Assert.ThrowsAsync<InvalidOperationException>(() => looks.Watch.RunAsync(static _ => { }, stop.Token));
        await stop.CancelAsync();
        await running;
        looks.Watch.Dispose();
        looks.Watch.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => looks.Watch.RunAsync(static _ => { }, CancellationToken.None));
    }

    [Fact]
    public async Task Disposed_in_its_course_it_ends()
    {
        using var looks = new Looks(static o => o.Every = TimeSpan.FromMilliseconds(10));
        Task running = looks.Watch.RunAsync(static _ => { }, CancellationToken.None);
        looks.Watch.Dispose();
        await running;
    }

    [Fact]
    public void A_figure_out_of_its_range_is_named() => Assert.StartsWith(
        "The leak watch's Every is 00:00:00: it must be between 00:00:00.0100000 and 00:01:00",
        Assert.Throws<ArgumentException>(static () => new LeakWatch(new LeakWatchOptions { Every = TimeSpan.Zero })).Message, StringComparison.Ordinal);

    public void Dispose()
    {
        _left.ForEach(static l => l.Dispose());
        _left.Clear();
    }

    private static object Message(List<object>? cache)
    {
        var message = new object();
        cache?.Add(message);
        return message;
    }

    private void LeaveTimer() => _left.Add(TimeProvider.System.CreateTimer(static _ => { }, null, s_hour, Timeout.InfiniteTimeSpan));

    private void LeaveLoop()
    {
        var stop = new CancellationTokenSource();
        Task loop = LoopAsync(stop.Token);
        _left.Add(new Ending(() =>
        {
            stop.Cancel();
            stop.Dispose();
            Assert.True(loop.IsCompleted);
        }));
    }

    private void LeaveThread(string name)
    {
        var end = new ManualResetEventSlim();
        var thread = new Thread(end.Wait) { Name = name, IsBackground = true };
        thread.Start();
        _left.Add(new Ending(() =>
        {
            end.Set();
            thread.Join();
            end.Dispose();
        }));
    }

    private static async Task LoopAsync(CancellationToken cancel)
    {
        var never = new TaskCompletionSource();
        using CancellationTokenRegistration registration = cancel.Register(() => never.TrySetResult());
        await never.Task;
    }

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
