using System.Text.Json;
using System.Text.Json.Serialization;
using Zanshin.Diagnosis.Processes;

namespace Zanshin.Cli.Ps;

/// <summary>A look as one line of JSON, for scripts.</summary>
internal sealed record PsJson(
    int Process, string CommandLine, string Runtime, double AgeSeconds, int Threads, int? ThreadsMore, long? ResidentBytes, int? Descriptors,
    IReadOnlyList<PsJson.Group> Groups, IReadOnlyList<string> Denied, bool LooksLeaked, string Verdict, string? Next)
{
    public static string Of(ProcessLook look, ProcessLook? before)
    {
        Verdict verdict = Diagnosis.Processes.Verdict.On(look);
        var json = new PsJson(
            look.Id, look.CommandLine, look.Runtime.ToString(), Rounded(look.Age), look.Threads.Count, look.Threads.Count - before?.Threads.Count, look.ResidentBytes, look.Descriptors,
            [.. ThreadGroup.Of(look.Threads).Select(static g => new Group(g.Count, g.Name, g.Wait.Call, g.Wait.On, g.Wait.Forever, Rounded(g.Youngest), Rounded(g.Median), Rounded(g.Oldest)))],
            look.Denied, verdict.Group is not null, verdict.Sentence, verdict.Next);
        return JsonSerializer.Serialize(json, PsJsonContext.Default.PsJson) + Environment.NewLine;
    }

    private static double Rounded(TimeSpan time) => Math.Round(time.TotalSeconds, 2);

    internal sealed record Group(int Threads, string Name, string Call, string WaitsFor, bool ForEver, double YoungestSeconds, double MedianSeconds, double OldestSeconds);
}
