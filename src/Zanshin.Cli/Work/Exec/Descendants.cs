using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Zanshin.Cli.Work.Exec;

/// <summary>
/// Every process that the commands begin, however it tries to get away. On Linux each command leads a session of its own, and what loses
/// its parent becomes this process's child (it is the subreaper), also a daemon that has left the session: so whatever is left of a
/// command is found among our children, and told apart by its session, or by <see cref="RunVariable"/>, which it inherited. Other children
/// are left alone: what is in our own session (other code of this process began it, and waits for it), and what was there before the first command.
/// Thread-safe.
/// </summary>
internal sealed partial class Descendants
{
    /// <summary>In the environment of a command and of all that it starts: which run they belong to.</summary>
    public const string RunVariable = "ZANSHIN_RUN";

    private const int SetChildSubreaper = 36;
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private const int NoHang = 1;
    private const int Ended = 0;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(10);

    // Starting and looking exclude one another: a child that has begun and is not known yet would be taken for a stray.
    private readonly Lock _lock = new(); // guards _runs, _known, _last and _closed
    private readonly Dictionary<int, string> _runs = []; // by the process that leads it
    private readonly HashSet<(int Id, string Start)> _known = []; // strays, until they are reaped
    private readonly bool _reaper = OperatingSystem.IsLinux() && PrCtl(SetChildSubreaper, 1, 0, 0, 0) == 0;
    private readonly string? _setsid = OperatingSystem.IsWindows() ? null : CommandLine.InPath("setsid");
    private readonly string _runsOfOurs = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}.");
    private readonly int? _session = OperatingSystem.IsLinux() ? State(Environment.ProcessId)?.Session : null;
    private readonly HashSet<(int Id, string Start)> _before = OperatingSystem.IsLinux() ? TreeOf(Environment.ProcessId) : []; // an entrypoint's, say
    private int _last;
    private bool _closed;

    /// <exception cref="NotDoneException">The system cannot start it.</exception>
    public Process Start(CommandLine command, IEnumerable<(string Name, string Value)> environment)
    {
        // setsid makes the session and becomes the command: it is the same process.
        var start = _setsid is null ? new ProcessStartInfo(command.File, command.Arguments) : new ProcessStartInfo(_setsid, [command.File, .. command.Arguments]);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        lock (_lock)
        {
            if (_closed)
                throw new OperationCanceledException("The worker has stopped.");
            string run = start.Environment[RunVariable] = string.Create(CultureInfo.InvariantCulture, $"{_runsOfOurs}{++_last}");
            try
            {
                Process process = Process.Start(start)!;
                _runs[process.Id] = run; // the number of one that could not be ended may come again
                return process;
            }
            catch (Win32Exception exception)
            {
                throw new NotDoneException($"the command cannot be started: {exception.Message}", exception);
            }
        }
    }

    /// <summary>SIGTERM to the command's process group.</summary>
    public void Terminate(Process process) => Signal(process, SigTerm);

    /// <summary>SIGKILL to the command's process group, or to its tree where it has none.</summary>
    public void Kill(Process process)
    {
        Signal(process, SigKill);
        if (_setsid is null && !process.HasExited)
            process.Kill(entireProcessTree: true);
    }

    /// <summary>How much is left of a command whose own process has ended.</summary>
    public int Left(int leader)
    {
        lock (_lock)
            return Strays(leader).Count;
    }

    /// <summary>Takes leave of children of the commands that have ended, while the commands go on.</summary>
    public void Reap()
    {
        if (!_reaper)
            return;
        try
        {
            lock (_lock)
            {
                foreach ((int id, ProcessState state) in Candidates().Where(static c => c.State.Ended))
                    Reap(id, state);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // /proc cannot be read now: the next look reaps them.
        }
    }

    /// <summary>Ends what is left of a command whose own process has ended. How many processes that were, and how many are still there.</summary>
    public async Task<(int Found, int Remaining)> EndAsync(int leader)
    {
        HashSet<int> found = [];
        // What a stray leaves behind comes to us in turn. A fork bomb does not hold us up for ever.
        for (int round = 0; ; round++)
        {
            List<int> strays;
            lock (_lock)
            {
                strays = Strays(leader);
                if (strays.Count == 0 || round == 100)
                {
                    _runs.Remove(leader);
                    return (found.Count, strays.Count);
                }
                strays.ForEach(static id => _ = Send(id, SigKill));
            }
            found.UnionWith(strays);
            await Task.Delay(Between, TimeProvider.System);
        }
    }

    /// <summary>Whatever still runs is killed, and nothing is started any more. For the worker's end; the runs' owners see their processes end.</summary>
    public async Task EndAllAsync()
    {
        for (int round = 0; round < 100; round++)
        {
            lock (_lock)
            {
                _closed = true;
                if (_runs.Count == 0)
                    break;
                foreach (int leader in OperatingSystem.IsWindows() ? [] : _runs.Keys.ToArray())
                    _ = Send(_setsid is null ? leader : -leader, SigKill);
            }
            await Task.Delay(Between, TimeProvider.System);
        }
        // Strays that might have been another run's: there is none any more.
        await EndAsync(Ended);
    }

    private void Signal(Process process, int signal)
    {
        // A process that has ended leaves its number to others.
        if (!process.HasExited && !OperatingSystem.IsWindows())
            _ = Send(_setsid is null ? process.Id : -process.Id, signal);
    }

    // Children of ours that no command is, and that belong to this run or to none that goes on. Those that have ended are reaped.
    private List<int> Strays(int leader)
    {
        List<int> strays = [];
        if (!_reaper)
            return strays;
        foreach ((int id, ProcessState state) in Candidates())
        {
            if (state.Ended)
            {
                Reap(id, state);
            }
            else if (IsStray(id, state, leader))
            {
                strays.Add(id);
                _known.Add((id, state.Start));
            }
        }
        return strays;
    }

    // Nothing that a command starts is in our session where each has its own: that is for whoever began it, and to reap it here would end
    // this process (the runtime misses a child that it waits for). Without setsid only the run tells.
    private IEnumerable<(int Id, ProcessState State)> Candidates()
    {
        foreach (int id in ChildrenOf(Environment.ProcessId).Where(id => !_runs.ContainsKey(id)))
        {
            if (State(id) is { } state && (_setsid is null || state.Session != _session) && !_before.Contains((id, state.Start)))
                yield return (id, state);
        }
    }

    private void Reap(int id, ProcessState state)
    {
        if (_known.Remove((id, state.Start)) || state.Session != _session)
            _ = WaitPid(id, out _, NoHang);
    }

    // What no run claims may also have come from what was there before, or, where this is the first process of a container, from whatever somebody
    // has run in it (docker exec): that has an environment.
    private bool IsStray(int id, ProcessState state, int leader) => RunOf(id, state.Session) is { } run ? run == leader || run == Ended
        : _setsid is not null && _before.Count == 0 && OthersThan(leader) == 0 && (Environment.ProcessId != 1 || Read($"/proc/{id}/environ").Length == 0);

    private int OthersThan(int leader) => _runs.Count - (_runs.ContainsKey(leader) ? 1 : 0);

    // Its leader. Null: it left its session and cleared its environment, and may be anybody's.
    private int? RunOf(int id, int session)
    {
        if (_setsid is not null && _runs.ContainsKey(session))
            return session;
        const string Prefix = $"{RunVariable}=";
        string? run = Array.Find(Read($"/proc/{id}/environ").Split('\0'), static v => v.StartsWith(Prefix, StringComparison.Ordinal))?[Prefix.Length..];
        if (run is null || !IsOurs(run))
            return null;
        foreach ((int leader, string of) in _runs)
        {
            if (of == run)
                return leader;
        }
        return Ended;
    }

    private bool IsOurs(string run) =>
        run.StartsWith(_runsOfOurs, StringComparison.Ordinal) && int.TryParse(run.AsSpan(_runsOfOurs.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= _last;

    private static HashSet<(int Id, string Start)> TreeOf(int root)
    {
        HashSet<(int, string)> tree = [];
        Stack<int> parents = new([root]);
        while (parents.TryPop(out int parent))
        {
            foreach (int id in ChildrenOf(parent))
            {
                if (State(id) is { } state && tree.Add((id, state.Start)))
                    parents.Push(id);
            }
        }
        return tree;
    }

    private static List<int> ChildrenOf(int parent)
    {
        List<int> children = [];
        foreach (string thread in Threads(parent))
            children.AddRange(Read($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(static id => int.Parse(id, CultureInfo.InvariantCulture)));
        return children;
    }

    private static string[] Threads(int process)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{process}/task");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && process != Environment.ProcessId)
        {
            return []; // it is gone
        }
    }

    // "123 (name, with anything) S ppid pgrp session ...", of which the 22nd is when it began. Null: it is gone.
    private static ProcessState? State(int id)
    {
        string text = Read($"/proc/{id}/stat");
        string[] fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', 21, StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 21 ? null : new ProcessState(fields[0] is "Z" or "X", int.Parse(fields[3], CultureInfo.InvariantCulture), fields[19]);
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int PrCtl(int option, nuint value, nuint a, nuint b, nuint c);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Send(int process, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitPid(int process, out int status, int options);

    private readonly record struct ProcessState(bool Ended, int Session, string Start);
}
