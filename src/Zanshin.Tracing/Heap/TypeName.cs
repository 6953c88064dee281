namespace Zanshin.Tracing.Heap;

/// <summary>A type as the runtime's event names it: of nested ones without the type that they are in.</summary>
/// <param name="Token">In its module's metadata.</param>
/// <param name="Element">Of an array the type of its elements, by the events' number; 0 where that is not told.</param>
internal readonly record struct TypeName(long Module, int Token, string Name, bool IsArray, ulong Element = 0);
