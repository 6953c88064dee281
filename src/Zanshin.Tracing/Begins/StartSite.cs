using Zanshin.Diagnosis.Findings;
using Zanshin.Diagnosis.Sites;
using Zanshin.Tracing.Sites;

namespace Zanshin.Tracing.Begins;

/// <summary>Where things are begun: one stack, as addresses, and what it begins.</summary>
internal sealed class StartSite(BeginKind kind, string what, ulong[] stack)
{
    public BeginKind Kind => kind;

    /// <summary>The operation's name; empty for threads and timers.</summary>
    public string What => what;

    public ulong[] Stack => stack;

    public Start Named(Symbols symbols)
    {
        List<Frame> frames = symbols.Resolve(stack);
        return Start.Of(kind, what, frames, symbols.AnyLines);
    }

    public Tenths Begun { get; } = new();
}
