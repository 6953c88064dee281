namespace Zanshin.LocalQueue.Engine;

/// <summary>One message attribute. <paramref name="Value"/> is UTF-8 text unless <paramref name="IsBinary"/>.</summary>
internal sealed record MessageAttribute(string Name, string DataType, byte[] Value, bool IsBinary);
