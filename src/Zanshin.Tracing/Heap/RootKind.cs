namespace Zanshin.Tracing.Heap;

/// <summary>By what the runtime keeps an object (GCRootKind of the event GCBulkRootEdge).</summary>
internal enum RootKind : byte
{
    Stack = 0,
    Finalizer = 1,
    Handle = 2,
    Other = 3,

    /// <summary>A value in a table that holds it as long as its key is there.</summary>
    ConditionalWeakTable = 4,
}
