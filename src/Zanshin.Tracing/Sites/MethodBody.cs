namespace Zanshin.Tracing.Sites;

/// <summary>One compiled body of a method: a method has one for each tier it was compiled at.</summary>
/// <param name="Type">As the runtime writes it: <c>My.App.Worker+&lt;RunAsync&gt;d__3</c>.</param>
/// <param name="ILOffsets">Beside <paramref name="NativeOffsets"/>; negative ones are prologues, epilogues and gaps. Empty where the body came precompiled.</param>
internal sealed record MethodBody(ulong Start, uint Size, long Module, int Token, string Type, string Name, int[] ILOffsets, int[] NativeOffsets)
{
    /// <summary>Where in the IL the call was made that returns to this address; null when the runtime did not say.</summary>
    public int? ILOffset(ulong returnAddress)
    {
        // The return address is behind the call, and may belong to the next statement already.
        long native = (long)(returnAddress - Start) - 1;
        int best = -1;
        for (int i = 0; i < NativeOffsets.Length; i++)
        {
            if (ILOffsets[i] >= 0 && NativeOffsets[i] <= native && (best < 0 || NativeOffsets[i] >= NativeOffsets[best]))
                best = i;
        }
        return best < 0 ? null : ILOffsets[best];
    }
}
