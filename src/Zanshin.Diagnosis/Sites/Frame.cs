namespace Zanshin.Diagnosis.Sites;

/// <summary>One frame of a starter's stack.</summary>
internal sealed record Frame(MethodName Name, Origin Origin, string Module, string? File, int? Line)
{
    public SourceFrame ToPublic() => new(Name.ToString(), File, Line);

    /// <summary>
    /// Those that called each other. An async method is two frames: its body, and below it, past the runtime's starter, the call that began it; the body
    /// stays. What stands below a continuation has only completed what it waited for, and has called nothing.
    /// </summary>
    public static List<Frame> Callers(IEnumerable<Frame> all)
    {
        var frames = new List<Frame>();
        Frame? body = null;
        foreach (Frame frame in all)
        {
            if (frame is { Origin: Origin.Framework, Name: { Type: "System.Threading.Tasks.Task", Method: "RunContinuations" } or { Type: "System.Threading.Tasks.Sources.ManualResetValueTaskSourceCore", Method: "SignalCompletion" } })
                break;
            bool isStub = body is not null && !frame.Name.IsAsyncBody && frame.Name.Type == body.Name.Type && frame.Name.Method == body.Name.Method;
            if (frame.Origin != Origin.Framework)
                body = frame.Name.IsAsyncBody ? frame : null;
            if (!isStub)
                frames.Add(frame);
        }
        return frames;
    }
}
