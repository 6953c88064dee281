using Zanshin.Diagnosis.Findings;
using Zanshin.Tracing.Begins;
using Zanshin.Tracing.Findings;
using Zanshin.Tracing.Sites;

namespace Zanshin.Tracing.Tests.Findings;

/// <summary>A window of 10 s over made-up code: which of the living is a finding, and what is one cause.</summary>
public sealed class JudgeTests : IDisposable
{
    private const double Window = 10_000;

    private readonly Symbols _symbols = new(Environment.ProcessId);
    private readonly List<string> _methods = [];
    private readonly BeginLedger _ledger = new(Environment.ProcessId, keepChanges: false);
    private long _key;

    [Fact]
    public void What_outlived_three_messages_is_a_finding()
    {
        for (int message = 0; message < 3; message++)
            OfMessage(message * 100, ended: true, () => Begin(BeginKind.Async, "<LoopAsync>d__1", message * 100, "App.Handler+<HandleAsync>d__1::MoveNext"));
        TraceFinding finding = Assert.Single(Findings());
        Assert.Equal((3, 3, 1.0), (finding.Alive, finding.Begun, finding.PerMessage));
        Assert.Equal("App.Handler.HandleAsync", finding.Frames[0].Method);
    }

    [Fact]
    public void What_belongs_to_messages_that_still_run_is_none()
    {
        for (int message = 0; message < 20; message++)
            OfMessage(message * 100, ended: false, () => Begin(BeginKind.Async, "<LoopAsync>d__1", message * 100, "App.Handler::Handle"));
        Assert.Empty(Findings());
    }

    [Fact]
    public void The_last_tenth_is_not_looked_at()
    {
        for (int at = 9001; at < 10_000; at += 20)
            Begin(BeginKind.Async, "<LoopAsync>d__1", at, "App.Handler::Handle");
        Assert.Empty(Findings());
    }

    [Fact]
    public void Without_messages_what_stays_at_every_age_is_a_finding_and_what_only_lives_long_is_none()
    {
        for (int at = 0; at < Window; at += 100)
        {
            Begin(BeginKind.Async, "<StaysAsync>d__1", at, "App.A::Stays");
            long key = Begin(BeginKind.Async, "<LongAsync>d__1", at, "App.B::Lives3Seconds");
            if (at + 3000 < Window)
                _ledger.Ended(BeginKind.Async, key, at + 3000);
        }
        Assert.Equal("App.A.Stays", Assert.Single(Findings()).Frames[0].Method);
    }

    [Fact]
    public void A_thread_and_its_long_running_task_are_one_finding()
    {
        Everywhere(BeginKind.Thread, "", "App.A::Start");
        Everywhere(BeginKind.Task, "Task: <Start>b__0", "App.A::Start");
        Assert.Equal(["task"], Assert.Single(Findings()).Kinds); // the threads of this test never ran, so only the task is seen alive
    }

    [Fact]
    public void A_loop_its_periodic_timer_and_its_delays_are_one_finding()
    {
        Everywhere(BeginKind.Timer, "", "App.A::Start", "App.Handler::Handle");
        Everywhere(BeginKind.Async, "<LoopAsync>d__1", "App.A+<LoopAsync>d__1::MoveNext", "App.A::LoopAsync", "App.A::Start", "App.Handler::Handle");
        Everywhere(BeginKind.Task, "Task.Delay", "App.A+<LoopAsync>d__1::MoveNext");
        TraceFinding finding = Assert.Single(Findings());
        Assert.Equal(["async", "timer", "task"], finding.Kinds.Order(StringComparer.Ordinal).OrderBy(static k => k == "async" ? 0 : k == "timer" ? 1 : 2));
        Assert.Equal("async", finding.Kinds[0]);
        Assert.Equal("App.A.Start", finding.Frames[0].Method);
    }

    [Fact]
    public void Two_places_are_two_findings()
    {
        Everywhere(BeginKind.Timer, "", "App.A::Start");
        Everywhere(BeginKind.Timer, "", "App.B::Start");
        Assert.Equal(2, Findings().Count);
        Assert.Equal(2, Findings().Select(static f => f.Fingerprint).Distinct().Count());
    }

    [Fact]
    public void Timers_are_not_reported_when_their_ends_could_not_be_seen()
    {
        Everywhere(BeginKind.Timer, "", "App.A::Start");
        Assert.Empty(Findings(seesTimers: false));
    }

    public void Dispose() => _symbols.Dispose();

    private IReadOnlyList<TraceFinding> Findings(bool seesTimers = true)
    {
        _symbols.Code.Add(
            _methods.Select(static (m, i) => new MethodBody(Address(i), 10, 1, 0, m.Split("::")[0], m.Split("::")[1], [], [])),
            [new(1, "/no/app.dll")]);
        return new Judge(_ledger.Picture(), Window, _symbols) { SeesTimers = seesTimers, SeesThreads = true }.Findings(static _ => null);
    }

    private void OfMessage(double at, bool ended, Func<long> begin)
    {
        var activity = Guid.NewGuid();
        _ledger.MessageBegan(activity, activity.ToString(), at);
        _activity = activity;
        begin();
        _activity = Guid.Empty;
        if (ended)
            _ledger.MessageEnded(activity, at + 50);
    }

    private Guid _activity;

    private void Everywhere(BeginKind kind, string what, params string[] methods)
    {
        for (int at = 0; at < Window; at += 100)
            Begin(kind, what, at, methods);
    }

    private long Begin(BeginKind kind, string what, double at, params string[] methods)
    {
        _ledger.Began(kind, ++_key, what, [.. methods.Select(AddressOf)], _activity, at);
        return _key;
    }

    private ulong AddressOf(string method)
    {
        if (!_methods.Contains(method))
            _methods.Add(method);
        return Address(_methods.IndexOf(method)) + 5;
    }

    private static ulong Address(int method) => 1000 + 100 * (ulong)method;
}
