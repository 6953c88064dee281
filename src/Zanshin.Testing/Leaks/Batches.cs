using System.Globalization;
using Zanshin.Diagnosis.Findings;
using Zanshin.Diagnosis.Scopes;

namespace Zanshin.Testing.Leaks;

/// <summary>Equal batches of one piece of work, and what each leaves: a leak is what rises with every one. Once a figure does not, it is no leak's.</summary>
internal sealed class Batches(int batches, int each, Func<Task> one, NoLeaksOptions options)
{
    private const long LeastHeapBytes = 16; // a run

    private static readonly string[] s_names = ["threads", "timers", "tasks", "heap bytes"];

    private readonly List<long[]> _floors = [];

    public Task RunAsync(CancellationToken cancel)
    {
        NoLeaksWatch watch = NoLeaksWatch.Begin("batches", options, owner: null);
        watch.Leave();
        return RunAsync(watch, cancel);
    }

    private async Task RunAsync(NoLeaksWatch watch, CancellationToken cancel)
    {
        using (watch)
        {
            for (int batch = 0; batch <= batches; batch++)
            {
                await Start(watch, cancel);
                _floors.Add(await watch.FloorAsync(_floors.Count > 0 ? _floors[^1] : null, cancel));
                if (batch > 0 && !Enumerable.Range(0, s_names.Length).Any(Rises))
                    return;
            }
            IReadOnlyList<LeftBehind> left = await watch.FindAsync(cancel);
            throw LeaksReport.Growth(Summary(), left);
        }
    }

    // Enters the scope, and leaves it before anything of ours waits.
    private Task Start(NoLeaksWatch watch, CancellationToken cancel)
    {
        watch.Enter();
        try
        {
            return RunEachAsync(cancel);
        }
        finally
        {
            watch.Leave();
        }
    }

    private async Task RunEachAsync(CancellationToken cancel)
    {
        for (int run = 0; run < each; run++)
        {
            cancel.ThrowIfCancellationRequested();
            await one();
        }
    }

    private bool Rises(int figure) => Enumerable.Range(1, _floors.Count - 1)
        .All(i => _floors[i][figure] - _floors[i - 1][figure] >= (figure == s_names.Length - 1 ? LeastHeapBytes * each : 1));

    private string Summary() => string.Join("\n", Enumerable.Range(0, s_names.Length).Where(Rises).Select(figure =>
    {
        double perRun = (_floors[^1][figure] - _floors[0][figure]) / ((double)batches * each);
        string floors = string.Join(", ", _floors.Select(f => f[figure].ToString("N0", CultureInfo.InvariantCulture)));
        return string.Create(CultureInfo.InvariantCulture, $"{s_names[figure]} grow with every batch, by {perRun:N2} a run: {floors}");
    }));

    /// <summary>What is alive of each kind, and the heap after a full collection.</summary>
    public static long[] Figures(IReadOnlyCollection<Begun> alive) =>
    [
        alive.Count(static b => b.Kind == BeginKind.Thread),
        alive.Count(static b => b.Kind == BeginKind.Timer),
        alive.Count(static b => b.Kind is BeginKind.Async or BeginKind.Task),
        HeapBytes(),
    ];

    private static long HeapBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
