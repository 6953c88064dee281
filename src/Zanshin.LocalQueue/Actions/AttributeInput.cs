namespace Zanshin.LocalQueue.Actions;

/// <summary>A message attribute as the caller gave it.</summary>
internal readonly record struct AttributeInput(string Name, string? DataType, byte[]? StringValue, byte[]? BinaryValue);
