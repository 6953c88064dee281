using System.Globalization;
using System.Text;
using Zanshin.Diagnosis.Processes;

namespace Zanshin.Cli.Ps;

/// <summary>A look as text. Names are the process's own and may be anything.</summary>
internal static class PsText
{
    public static string Of(ProcessLook look, ProcessLook? before)
    {
        var text = new StringBuilder();
        if (before is null)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"process {look.Id}  {Printable.Line(Shortened(look))}");
            text.AppendLine(CultureInfo.InvariantCulture, $"{Runtime(look.Runtime)}{look.Threads.Count} threads, {Memory(look.ResidentBytes)} resident, {Descriptors(look)}, up {Ages.Text(look.Age)}");
        }
        else
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"up {Ages.Text(look.Age)}  {look.Threads.Count} threads{Change(look.Threads.Count - before.Threads.Count)}, {Memory(look.ResidentBytes)} resident");
        }
        text.AppendLine();
        Dictionary<(string, Wait), int> counts = before is null ? [] : ThreadGroup.Of(before.Threads).ToDictionary(static g => (g.Name, g.Wait), static g => g.Count);
        text.Append(TextTable.Of([">threads", "name", "call", "waits for", ">youngest", ">median", ">oldest"], [.. ThreadGroup.Of(look.Threads).Select(group => (IReadOnlyList<string>)
        [
            $"{group.Count}{(before is null ? "" : Change(group.Count - counts.GetValueOrDefault((group.Name, group.Wait))))}",
            Printable.Line(group.Name), group.Wait.Call, Printable.Line(group.Wait.On),
            Ages.Text(group.Youngest), Ages.Text(group.Median), Ages.Text(group.Oldest),
        ])]));
        text.AppendLine();
        if (look.Denied.Count > 0)
        {
            text.AppendLine(Permissions.Sentence(look.Id, look.Denied));
            text.AppendLine();
        }
        Verdict verdict = Verdict.On(look);
        text.AppendLine(Printable.Line(verdict.Sentence));
        if (verdict.Next is { } next)
            text.AppendLine(Printable.Line(next));
        if (before is not null)
            text.AppendLine();
        return text.ToString();
    }

    private static string Shortened(ProcessLook look)
    {
        string line = look.CommandLine.Length > 0 ? look.CommandLine : $"[{look.Name}]";
        return line.Length <= 100 ? line : $"{line[..97]}...";
    }

    private static string Runtime(LanguageRuntime runtime) => runtime switch
    {
        LanguageRuntime.DotNet => ".NET: ",
        LanguageRuntime.Other => "",
        _ => $"{runtime}: ",
    };

    private static string Memory(long? bytes) => bytes is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known / 1048576.0:0.0} MiB") : "unknown memory";

    private static string Descriptors(ProcessLook look) => look.Descriptors is { } count ? $"{count} descriptors" : "unknown descriptors";

    private static string Change(int by) => by == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({by:+0;-0})");
}
