using Zanshin.Diagnosis.Findings;
using Zanshin.Tracing.Begins;

namespace Zanshin.Tracing.Findings;

/// <summary>The begins of one cause, of every start site that it has.</summary>
internal sealed class Group(Start start) : Cause(start)
{
    public List<StartSite> Sites { get; } = [];

    public List<Begin> Alive { get; } = [];

    protected override void TakeFrom(Cause same)
    {
        Sites.AddRange(((Group)same).Sites);
        Alive.AddRange(((Group)same).Alive);
    }
}
