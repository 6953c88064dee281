namespace Zanshin.Tracing.Tests;

/// <summary>A process traces itself: the whole way from the events to the line, on this test's own code.</summary>
public sealed class SelfTraceTests : IDisposable
{
    private readonly ManualResetEventSlim _stopped = new();
    private readonly TaskCompletionSource _never = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Threads_and_async_methods_that_never_ended_are_named_with_their_lines()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Ends of threads are read from /proc.");
        using var enough = new CancellationTokenSource();
        Task begin = BeginAsync(enough.Token);

        TraceReport report = await ThreadTrace.RunAsync(Environment.ProcessId, TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        await enough.CancelAsync();
        await begin;

        TraceFinding thread = Assert.Single(report.Findings, static f => f.Kinds[0] == "thread" && f.Frames[0].Method.EndsWith("SelfTraceTests.BeginThread", StringComparison.Ordinal));
        Assert.Equal(Line("thread.Start();"), thread.Frames[0].Line);
        Assert.InRange(thread.Alive, 10, 100);
        TraceFinding wait = Assert.Single(report.Findings, static f => f.Kinds[0] == "async" && f.Frames[0].Method.EndsWith("SelfTraceTests.BeginWait", StringComparison.Ordinal));
        Assert.Equal(Line("WaitAsync(_never.Task); //"), wait.Frames[0].Line);
        Assert.DoesNotContain(report.Findings, static f => f.Frames[0].Method.Contains("BeginShort", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _stopped.Set();
        _never.TrySetResult();
    }

    private async Task BeginAsync(CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            BeginThread();
            BeginWait();
            BeginShort();
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
        }
    }

    private void BeginThread()
    {
        var thread = new Thread(_stopped.Wait) { IsBackground = true };
        thread.Start();
    }

    private void BeginWait()
    {
        _ = WaitAsync(_never.Task); // the line
    }

    private static void BeginShort()
    {
        var thread = new Thread(static () => { });
        thread.Start();
        thread.Join();
    }

    private static async Task WaitAsync(Task never) => await never;

    private static int Line(string marker, [System.Runtime.CompilerServices.CallerFilePath] string file = "") =>
        Array.FindIndex(File.ReadAllLines(file), l => l.Trim().StartsWith(marker, StringComparison.Ordinal) || l.Contains($"= {marker}", StringComparison.Ordinal)) + 1;
}
