namespace Zanshin.Tracing.Heap;

/// <summary>A type as the runtime's event names it: of nested ones without the type that they are in.</summary>
/// <param name="Token">In its module's metadata.</param>
internal readonly record struct TypeName(long Module, int Token, string Name, bool IsArray);
