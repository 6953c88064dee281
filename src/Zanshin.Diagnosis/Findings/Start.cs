using System.Text.RegularExpressions;
using Zanshin.Diagnosis.Sites;

namespace Zanshin.Diagnosis.Findings;

/// <summary>A start site with its names.</summary>
/// <param name="What">What is begun there, in words.</param>
/// <param name="Own">Of an async method of the user's: its body, which is not part of what started it.</param>
/// <param name="Frames">The frames that tell, innermost first: the user's; where there are none, a library's, Zanshin's, or the runtime's.</param>
/// <param name="IsUsers">The frames are the user's own; where nothing has lines, a library's may be.</param>
/// <param name="IsRuntimes">Begun by the runtime for itself, which also ends it: the thread pool's threads.</param>
internal sealed record Start(BeginKind Kind, string What, Frame? Own, List<Frame> Frames, bool IsUsers, bool IsRuntimes)
{
    private static readonly Origin[] s_tellingOrder = [Origin.User, Origin.Library, Origin.Zanshin];
    private static readonly string[] s_runtimeTypes = ["System.Threading.PortableThreadPool", "System.Net.Sockets.SocketAsyncEngine"];

    // Thread names are often numbered.
    private static readonly Regex s_number = new("[0-9]+");

    private string? _key;
    private string? _fingerprint;

    // Further out stands the pool's thread on which anything may run.
    private const int InnermostFrames = 6;

    /// <summary>The whole stack, the library's and the runtime's frames too.</summary>
    public IReadOnlyList<Frame> All { get; init; } = [];

    /// <summary>The same for the same methods, at whatever tier they were compiled.</summary>
    public string Key => _key ??= $"{Kind}|{(Kind is BeginKind.Async || Frames.Count == 0 ? s_number.Replace(What, "*") : "")}|{string.Join('|', Frames.Select(static f => f.Name.ToString()))}";

    /// <summary>12 hexadecimal digits of the key.</summary>
    public string Fingerprint => _fingerprint ??= Fingerprints.Of(Key);

    /// <param name="operation">The task's or the state machine's name, or a thread's ("named x"); empty for others.</param>
    /// <param name="all">The starter's frames, innermost first; changed here.</param>
    /// <param name="anyLines">Some code has lines, so that what has none is a library's.</param>
    public static Start Of(BeginKind kind, string operation, List<Frame> all, bool anyLines)
    {
        Frame[] whole = [.. all];
        bool isRuntimes = kind == BeginKind.Thread
            && all.TakeWhile(static f => f.Origin == Origin.Framework).Take(InnermostFrames)
                .Any(static f => s_runtimeTypes.Any(t => f.Name.Type.StartsWith(t, StringComparison.Ordinal)));
        Frame? own = null;
        string what = kind switch
        {
            BeginKind.Thread => operation.Length > 0 ? $"thread {operation}" : "thread",
            BeginKind.Timer => "timer",
            BeginKind.Async => $"async {MethodName.OfStateMachine(operation)}",
            _ => $"task {MethodName.OfStateMachine(operation.StartsWith("Task: ", StringComparison.Ordinal) ? operation["Task: ".Length..] : operation)}",
        };
        if (kind == BeginKind.Async)
        {
            string method = MethodName.OfStateMachine(operation);
            int at = all.FindIndex(f => f.Name.IsAsyncBody && f.Name.Method == method);
            if (at >= 0)
            {
                own = all[at];
                what = $"async {own.Name}";
                // Begun by the runtime, say as a task's body: then the method itself is all there is to name.
                if (all.Skip(at + 1).Any(f => f.Origin == own.Origin))
                    all.RemoveRange(0, at + 1);
            }
        }
        Origin tells = s_tellingOrder.FirstOrDefault(o => all.Exists(f => f.Origin == o), Origin.Framework);
        bool isUsers = tells == Origin.User || (tells == Origin.Library && !anyLines);
        return new Start(kind, what, own, all.FindAll(f => f.Origin == tells), isUsers, isRuntimes) { All = whole };
    }
}
