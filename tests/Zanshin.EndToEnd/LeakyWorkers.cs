namespace Zanshin.EndToEnd;

/// <summary>The sample with a bug of one's choice, as a process of its own.</summary>
internal static class LeakyWorkers
{
    public static Task<Child> StartAsync(params string[] args) => StartAsync(args, []);

    public static async Task<Child> StartAsync(string[] args, params (string, string)[] environment)
    {
        Child worker = Child.Start(Artifacts.LeakyWorker, args, environment);
        try
        {
            await Poll.UntilAsync("the worker works", () => worker.Out.Contains("Ctrl+C ends it", StringComparison.Ordinal) || worker.HasExited, worker.Describe);
            Assert.False(worker.HasExited, worker.Describe());
            return worker;
        }
        catch
        {
            await worker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Does the same with each of them, so many at once; the results are by what was given.</summary>
    public static async Task<Dictionary<string, T>> EachAsync<T>(string[] leaks, int atOnce, Func<string, Task<T>> run)
    {
        Dictionary<string, T> results = [];
        foreach (string[] some in leaks.Chunk(atOnce))
        {
            foreach ((string leak, T result) in some.Zip(await Task.WhenAll(some.Select(run))))
                results[leak] = result;
        }
        return results;
    }

    /// <summary>The number of the line in one of the bugs' files.</summary>
    public static async Task<int> LineAsync(string file, string marker)
    {
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(Artifacts.Root, "samples", "LeakyWorker", "Bugs", file));
        return Array.FindIndex(lines, l => l.Contains(marker, StringComparison.Ordinal)) + 1;
    }
}
