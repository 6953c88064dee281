namespace Zanshin.Tracing.Heap;

/// <summary>How a type has changed between two snapshots.</summary>
/// <param name="IsUsers">See <see cref="HeapType"/>.</param>
internal sealed record TypeGrowth(string Type, long Before, long After, long Bytes, bool IsUsers)
{
    public long More => After - Before;
}
