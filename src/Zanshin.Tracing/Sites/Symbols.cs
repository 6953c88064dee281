using Zanshin.Diagnosis.Sites;

namespace Zanshin.Tracing.Sites;

/// <summary>Turns raw stacks into frames, innermost first. Used by one task at a time.</summary>
internal sealed class Symbols(int processId) : IDisposable
{
    private static readonly HashSet<string> s_ours =
    [
        "Zanshin", "Zanshin.LocalQueue", "Zanshin.LocalQueue.Server", "Zanshin.Diagnosis", "Zanshin.Tracing", "Zanshin.Testing", "Zanshin.Dashboard",
    ];

    private readonly PdbLines _lines = new(processId);
    private readonly Dictionary<ulong, Frame?> _frames = [];

    /// <summary>Some code that was resolved has lines, so that what has none is a library's.</summary>
    public bool AnyLines { get; private set; }

    public CodeMap Code { get; } = new();

    public bool Knows(ulong[] stack) => Array.TrueForAll(stack, a => Code.Find(a) is not null);

    public List<Frame> Resolve(ulong[] stack)
    {
        var frames = new List<Frame>();
        Frame? body = null;
        foreach (ulong address in stack)
        {
            if (FrameAt(address) is not { } frame)
                continue;
            // An async method is two frames: its body, and below it, past the runtime's starter, the call that began it.
            bool isStub = body is not null && !frame.Name.IsAsyncBody && frame.Name.Type == body.Name.Type && frame.Name.Method == body.Name.Method;
            if (frame.Origin != Origin.Framework)
                body = frame.Name.IsAsyncBody ? frame : null;
            if (!isStub)
                frames.Add(frame);
        }
        return frames;
    }

    public void Dispose() => _lines.Dispose();

    private Frame? FrameAt(ulong address)
    {
        if (_frames.TryGetValue(address, out Frame? known))
            return known;
        if (Code.Find(address) is not { } body)
            return null; // Not remembered: a later rundown may know.
        string module = Code.ModulePath(body.Module) ?? "";
        Origin origin = OriginOf(module, body.Type);
        (string File, int Line)? line = origin != Origin.Framework && body.ILOffset(address) is { } il ? _lines.Find(module, body.Token, il) : null;
        return _frames[address] = new Frame(MethodName.Of(body.Type, body.Name), origin, Path.GetFileName(module), line?.File, line?.Line);
    }

    private Origin OriginOf(string modulePath, string type)
    {
        string module = Path.GetFileNameWithoutExtension(modulePath);
        if (module.Length == 0)
            module = type;
        if (module is "System" or "mscorlib" or "netstandard" || module.StartsWith("System.", StringComparison.Ordinal) || module.StartsWith("Microsoft.", StringComparison.Ordinal))
            return Origin.Framework;
        if (s_ours.Contains(module))
            return Origin.Zanshin;
        if (!_lines.Has(modulePath))
            return Origin.Library;
        AnyLines = true;
        return Origin.User;
    }
}
