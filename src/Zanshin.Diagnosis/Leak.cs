using System.Globalization;
using System.Text;

namespace Zanshin.Diagnosis;

/// <summary>What one place in the code has left behind.</summary>
/// <param name="Fingerprint">The same for the same place in every run: 12 hexadecimal digits.</param>
/// <param name="Kinds">What it began, the cause first: <c>thread</c>, <c>timer</c>, <c>async</c>, <c>task</c>. Of a watch's findings also what stays without
/// running: <c>registration</c>, <c>message</c>, and figures of the process: <c>threads</c>, <c>timers</c>, <c>files</c>, <c>heap</c>.</param>
/// <param name="What">The same with names and times, for people.</param>
/// <param name="Count">How many are alive; of the heap bytes, where it is not known of what.</param>
/// <param name="Scopes">Ids of some of the scopes that they were begun in (messages, tests), at most five.</param>
/// <param name="Frames">The user's own frames, from the one that began it outwards; empty where the start site was not recorded.</param>
public sealed record Leak(
    string Fingerprint,
    IReadOnlyList<string> Kinds,
    string What,
    int Count,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<SourceFrame> Frames)
{
    private const int ShownScopes = 3;

    /// <summary>The start site in a line, or what it is where that is not known.</summary>
    public string Site => Frames.Count > 0 ? Frames[0].ToString() : What;

    /// <summary>The start site first, then what it began.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(Site);
        if (Frames.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $"\n  left {Count:N0} behind: {What}");
        else
            text.Append(CultureInfo.InvariantCulture, $"\n  {Count:N0} of them");
        foreach (SourceFrame frame in Frames.Skip(1))
            text.Append(CultureInfo.InvariantCulture, $"\n  <- {frame}");
        if (Scopes.Count > 0)
            text.Append(CultureInfo.InvariantCulture, $"\n  in {string.Join(", ", Scopes.Take(ShownScopes))}");
        return text.ToString();
    }
}
