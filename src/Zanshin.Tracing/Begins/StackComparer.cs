using Zanshin.Diagnosis.Findings;

namespace Zanshin.Tracing.Begins;

internal sealed class StackComparer : IEqualityComparer<(BeginKind Kind, string What, ulong[] Stack)>
{
    public bool Equals((BeginKind Kind, string What, ulong[] Stack) x, (BeginKind Kind, string What, ulong[] Stack) y) =>
        x.Kind == y.Kind && x.What == y.What && x.Stack.AsSpan().SequenceEqual(y.Stack);

    public int GetHashCode((BeginKind Kind, string What, ulong[] Stack) key)
    {
        var hash = new HashCode();
        hash.Add(key.Kind);
        hash.Add(key.What, StringComparer.Ordinal);
        foreach (ulong address in key.Stack)
            hash.Add(address);
        return hash.ToHashCode();
    }
}
