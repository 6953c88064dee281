namespace Zanshin.LocalQueue.Protocol;

/// <summary>What is known of a call before its body is read.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path, decoded: old clients call a queue by it.</param>
/// <param name="Query">What stands behind the <c>?</c>, still encoded.</param>
/// <param name="Target">The <c>X-Amz-Target</c> header.</param>
/// <param name="ContentType">The <c>Content-Type</c> header.</param>
internal readonly record struct CallHead(string Method, string Path, string Query, string? Target, string? ContentType)
{
    /// <summary>The <c>Authorization</c> header, which names the region that the call is signed for.</summary>
    internal string? Authorization { get; init; }

    /// <summary>The <c>X-Amzn-Trace-Id</c> header, which goes with what is sent.</summary>
    internal string? TraceHeader { get; init; }
}
