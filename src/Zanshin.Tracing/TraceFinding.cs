using Zanshin.Diagnosis;

namespace Zanshin.Tracing;

/// <summary>One place that begins what does not end.</summary>
/// <param name="Fingerprint">The same for the same place in every trace: 12 hexadecimal digits.</param>
/// <param name="Kinds">What it begins, the cause first: <c>thread</c>, <c>timer</c>, <c>async</c>, <c>task</c>.</param>
/// <param name="What">The same with names and times, for people.</param>
/// <param name="Alive">How many of those begun before the window's last tenth are alive, though the message they belong to has ended (where the process marks messages).</param>
/// <param name="Begun">How many were begun there before the window's last tenth.</param>
/// <param name="PerMessage"><paramref name="Alive"/> by messages begun in that time; null where the process marks none.</param>
/// <param name="Messages">Ids of some of the messages, at most five.</param>
/// <param name="Frames">The user's own frames, from the one that began it outwards.</param>
public sealed record TraceFinding(
    string Fingerprint,
    IReadOnlyList<string> Kinds,
    string What,
    int Alive,
    int Begun,
    double? PerMessage,
    IReadOnlyList<string> Messages,
    IReadOnlyList<SourceFrame> Frames);
