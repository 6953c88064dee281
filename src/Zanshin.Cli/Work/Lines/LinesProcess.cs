using System.Text.Json;
using Microsoft.Extensions.Logging;
using Zanshin.Cli.Work.Exec;

namespace Zanshin.Cli.Work.Lines;

/// <summary>A process that lives long: one line in, one line out, one message at a time. Its stderr goes to the log.</summary>
internal sealed class LinesProcess : IDisposable
{
    private const int LongestAnswer = 64 * 1024;
    private static readonly TimeSpan Leaves = TimeSpan.FromSeconds(1);

    private readonly ChildProcess _process;
    private readonly LineReader _answers;
    private readonly OutputLog _output;
    private readonly Task _exited;
    private Task _exchange = Task.CompletedTask; // the last; owned by the run that has the process

    private LinesProcess(ChildProcess process, ILogger log)
    {
        _process = process;
        _exited = process.ExitAsync(CancellationToken.None);
        _answers = new LineReader(process.Output, LongestAnswer, dropsRest: false);
        _output = new OutputLog(log);
        process.Beside(_output.PumpAsync(process.Errors, "stderr"));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <exception cref="NotDoneException">It cannot be started.</exception>
    public static LinesProcess Start(Descendants descendants, CommandLine command, ILogger log) =>
        new(ChildProcess.Start(descendants, command, [], log), log);

    /// <summary>After an exception it is in the middle of something, and must be ended.</summary>
    /// <exception cref="NotDoneException">It has died, or its answer is none.</exception>
    public async Task<Outcome> AskAsync(Message<string> message, CancellationToken cancel)
    {
        _output.About(message);
        // Both may block in the system, where no token reaches: the wait is cancelled, and the process then ended.
        Task<Outcome> answer = ExchangeAsync(message);
        _exchange = EndOf(answer);
        if (await Task.WhenAny(answer, _exited).WaitAsync(cancel) == answer)
            return await answer;
        try
        {
            // Its last line may stand in the pipe still. The pipe's end is not waited for: what the process left behind may hold it.
            return await answer.WaitAsync(Leaves, TimeProvider.System, cancel);
        }
        catch (TimeoutException)
        {
            throw new NotDoneException("the command ended before it answered");
        }
    }

    /// <summary>After it has left by itself: ends what it left behind.</summary>
    public async Task EndAsync()
    {
        _process.Beside(_exchange);
        await _process.EndAsync();
    }

    /// <summary>After SIGTERM and the grace it is killed.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        // Ends with the process: it is one of its pumps.
        _process.Beside(_exchange);
        await _process.StopAsync(grace);
    }

    /// <summary>The end of its input is its sign to leave.</summary>
    public async Task DismissAsync(TimeSpan grace)
    {
        try
        {
            await _process.Input.DisposeAsync();
        }
        catch (IOException)
        {
            // It is gone.
        }
        _process.Beside(_exchange);
        if (await _process.ExitsWithinAsync(grace < Leaves ? grace : Leaves))
            await _process.EndAsync();
        else
            await _process.StopAsync(grace);
    }

    public void Dispose() => _process.Dispose();

    private async Task<Outcome> ExchangeAsync(Message<string> message)
    {
        byte[] request = [.. JsonSerializer.SerializeToUtf8Bytes(LineRequest.Of(message), LinesJson.Default.LineRequest), (byte)'\n'];
        try
        {
            await _process.Input.WriteAsync(request);
            await _process.Input.FlushAsync();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            throw new NotDoneException("the command ended, or closed its input, before it took the message", exception);
        }
        if (await _answers.ReadAsync() is not { } line)
            throw new NotDoneException("the command ended, or closed its output, before it answered");
        return line.Cut ? throw new NotDoneException($"the command answered with a line of over {LongestAnswer} bytes") : LineAnswer.Read(line.Text, message.Id);
    }

    private static async Task EndOf(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
