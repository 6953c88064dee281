using System.Text;
using Microsoft.Extensions.Logging;

namespace Zanshin.Cli.Work.Exec;

/// <summary>Each message a process of its own: the body on stdin, the attributes in the environment, the outcome its exit code.</summary>
internal sealed class ExecTarget(CommandLine command, int[] rejectOn, StopGrace grace, ILogger log) : Target
{
    private readonly Descendants _descendants = new();

    public override async ValueTask<Outcome> HandleAsync(Message<string> message, CancellationToken cancel)
    {
        using ChildProcess process = ChildProcess.Start(_descendants, command, MessageEnvironment.Of(message), log);
        var output = new OutputLog(log);
        output.About(message);
        process.Beside(output.PumpAsync(process.Output, "stdout"));
        process.Beside(output.PumpAsync(process.Errors, "stderr"));
        process.Beside(GiveAsync(process.Input, message.Body));
        try
        {
            await process.ExitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            await process.StopAsync(grace.For(message));
            // Whatever its exit code: many a command ends well on SIGTERM without having done its work.
            throw Cancelled(message);
        }
        if (await process.EndAsync() is > 0 and int left)
            log.LeftBehind(left, message.Id, message.Queue);
        return Judge(message, process.ExitCode);
    }

    public override async ValueTask DisposeAsync() => await _descendants.EndAllAsync();

    private Outcome Judge(Message message, int code)
    {
        string said = $"the command ended with {ExitCodes.Describe(code)}";
        if (code == ExitCodes.Done)
            return Outcome.Done;
        if (rejectOn.Contains(code))
            return Outcome.Reject(said);
        if (code != ExitCodes.Retry)
            throw new NotDoneException(said);
        log.RetryAsked(message.Id, message.Queue, $"{said}, which", "on the queue's schedule");
        return Outcome.Retry();
    }

    private static async Task GiveAsync(Stream input, string body)
    {
        try
        {
            await using (input)
                await input.WriteAsync(Encoding.UTF8.GetBytes(body));
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // It does not read its input, or not all of it: that is its own affair.
        }
    }
}
