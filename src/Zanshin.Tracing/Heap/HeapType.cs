namespace Zanshin.Tracing.Heap;

/// <summary>A type with what it has on the heap.</summary>
/// <param name="isUsers">Of an assembly with lines, and neither the runtime's nor ours.</param>
internal sealed class HeapType(string name, bool isUsers)
{
    public string Name => name;

    public bool IsUsers => isUsers;

    public long Count { get; set; }

    public long Bytes { get; set; }
}
