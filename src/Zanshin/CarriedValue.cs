namespace Zanshin;

/// <summary>A value that goes along with messages: how it is read where they are sent, and given back where they are handled.</summary>
internal sealed record CarriedValue(string Name, Func<string?> Read, Action<string?, IServiceProvider>? Restore);
