using Zanshin.Diagnosis.Sites;

namespace Zanshin.Tracing.Sites;

/// <summary>Turns raw stacks into frames, innermost first. Used by one task at a time.</summary>
internal sealed class Symbols(int processId) : IDisposable
{
    private readonly PdbLines _lines = new(processId);
    private readonly Dictionary<ulong, Frame?> _frames = [];

    /// <summary>Some code that was resolved has lines, so that what has none is a library's.</summary>
    public bool AnyLines { get; private set; }

    public CodeMap Code { get; } = new();

    public bool Knows(ulong[] stack) => Array.TrueForAll(stack, a => Code.Find(a) is not null);

    public List<Frame> Resolve(ulong[] stack) => Frame.Callers(stack.Select(FrameAt).OfType<Frame>());

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
        Origin origin = Origins.Of(module.Length == 0 ? type : module, () => _lines.Has(modulePath));
        AnyLines |= origin == Origin.User;
        return origin;
    }
}
