namespace Zanshin.Testing;

/// <summary>A run under virtual time could not go on, or would not replay. The message says what to look for.</summary>
public sealed class VirtualTimeException : Exception
{
    internal VirtualTimeException(VirtualTimeFault fault, string message) : base(message) => Fault = fault;

    public VirtualTimeFault Fault { get; }
}
