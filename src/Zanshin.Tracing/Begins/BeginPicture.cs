using Zanshin.Diagnosis.Findings;

namespace Zanshin.Tracing.Begins;

/// <summary>What a session saw.</summary>
/// <param name="Messages">Null when the process marked none.</param>
internal sealed record BeginPicture(IReadOnlyList<StartSite> Sites, IReadOnlyList<Begin> Alive, Tenths? Messages, Dictionary<BeginKind, int> Begun)
{
    public TraceCount Count(params BeginKind[] kinds) =>
        new(kinds.Sum(k => Begun.GetValueOrDefault(k)), Alive.Count(b => kinds.Contains(b.Site.Kind)));
}
