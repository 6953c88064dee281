using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Zanshin.EndToEnd;

/// <summary>A process that a test starts, watches, and always ends.</summary>
internal sealed class Child : IAsyncDisposable
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly StringBuilder _out = new(); // is its own lock
    private readonly StringBuilder _err = new(); // is its own lock

    private Child(Process process)
    {
        _process = process;
        Collect(_out, h => _process.OutputDataReceived += h);
        Collect(_err, h => _process.ErrorDataReceived += h);
    }

    public string Out => Text(_out);

    public string Err => Text(_err);

    public int ExitCode => _process.ExitCode;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public static Child Start(string file, IEnumerable<string> args, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(file, args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            WorkingDirectory = Path.GetTempPath(),
        };
        // What the tester has set up for AWS is none of the tests' business.
        foreach (string name in start.Environment.Keys.Where(static k => k.StartsWith("AWS_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        start.Environment["AWS_CONFIG_FILE"] = start.Environment["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(Path.GetTempPath(), "there-is-no-such-file");
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        var child = new Child(new Process { StartInfo = start });
        child._process.Start();
        child._process.StandardInput.Close();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs the tool to its end.</summary>
    public static async Task<Child> RunToolAsync(params string[] args)
    {
        Child child = Start(Artifacts.Tool, args);
        try
        {
            await child.ExitAsync();
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    public async Task ExitAsync(int? seconds = null)
    {
        TimeSpan longest = seconds is { } s ? TimeSpan.FromSeconds(s) : LongestRun;
        using var limit = new CancellationTokenSource(longest, TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} has not ended within {longest}.\n{Describe()}");
        }
    }

    /// <summary>SIGKILL: the process ends where it stands.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await ExitAsync();
    }

    /// <summary>Sends a signal by its name, as a terminal or an orchestrator does.</summary>
    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public string Describe() => $"exit code {(HasExited ? ExitCode : "none yet")}\nstdout:\n{Out}\nstderr:\n{Err}";

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await ExitAsync();
        }
        _process.Dispose();
    }

    private static void Collect(StringBuilder text, Action<DataReceivedEventHandler> subscribe) => subscribe((_, line) =>
    {
        lock (text)
        {
            if (line.Data is not null)
                text.Append(line.Data).Append('\n');
        }
    });

    private static string Text(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }
}
