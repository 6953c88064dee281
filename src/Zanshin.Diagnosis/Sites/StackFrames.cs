using System.Diagnostics;
using Zanshin.Diagnosis.Findings;

namespace Zanshin.Diagnosis.Sites;

/// <summary>Names the frames of this process's own stacks. Thread-safe.</summary>
internal static class StackFrames
{
    private static volatile bool s_anyLines;

    /// <summary>Some code that was named has lines, so that what has none is a library's.</summary>
    public static bool AnyLines => s_anyLines;

    public static Start Name(BeginKind kind, string operation, StackTrace? stack) =>
        Start.Of(kind, operation, stack is null ? [] : Frames(stack), AnyLines);

    private static List<Frame> Frames(StackTrace stack)
    {
        List<Frame> frames = [];
        // The listener and the event source that called it stand innermost.
        foreach (StackFrame frame in stack.GetFrames())
        {
            if (DiagnosticMethodInfo.Create(frame) is not { } method)
                continue;
            string module = method.DeclaringAssemblyName.Split(',')[0];
            string? file = frame.GetFileName();
            string type = method.DeclaringTypeName ?? "";
            if (type.StartsWith("Zanshin.Diagnosis.Scopes.", StringComparison.Ordinal))
                continue;
            Origin origin = Origins.Of(module, () => file is not null);
            s_anyLines |= origin == Origin.User;
            frames.Add(new Frame(MethodName.Of(type, method.Name), origin, module, file, file is null ? null : frame.GetFileLineNumber()));
        }
        return Frame.Callers(frames);
    }
}
