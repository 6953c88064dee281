using Microsoft.Extensions.Logging;

namespace Zanshin.Cli.Work;

/// <summary>The log lines of <c>zanshin work</c> itself; the worker's own are the library's. Event ids are stable; bodies are never logged.</summary>
internal static partial class WorkEvents
{
    public const string Category = "Zanshin.Work";

    [LoggerMessage(400, LogLevel.Information, "Message {MessageId} of {Queue}: {Target} asks for a retry {When}")]
    public static partial void RetryAsked(this ILogger logger, string messageId, string queue, string target, string when);

    [LoggerMessage(401, LogLevel.Information, "{Queue}/{MessageId} {Stream}: {Line}")]
    public static partial void Output(this ILogger logger, string queue, string messageId, string stream, string line);

    [LoggerMessage(402, LogLevel.Warning, "{Queue}/{MessageId} {Stream}: more than {Limit} lines; the rest of this message's is dropped")]
    public static partial void OutputDropped(this ILogger logger, string queue, string messageId, string stream, int limit);

    [LoggerMessage(403, LogLevel.Warning, "The command left {Processes} processes behind for message {MessageId} of {Queue}; they are killed")]
    public static partial void LeftBehind(this ILogger logger, int processes, string messageId, string queue);

    [LoggerMessage(404, LogLevel.Warning, "The command's process {ProcessId} does not end on SIGTERM within {Grace}; it is killed")]
    public static partial void IgnoresTerm(this ILogger logger, int processId, TimeSpan grace);

    [LoggerMessage(405, LogLevel.Warning, "Process {ProcessId} of the command is given up: {Reason}")]
    public static partial void ProcessGivenUp(this ILogger logger, int processId, string reason);

    [LoggerMessage(406, LogLevel.Information, "Process {ProcessId} of the command has started")]
    public static partial void ProcessStarted(this ILogger logger, int processId);

    [LoggerMessage(407, LogLevel.Warning, "{Processes} processes that the command left behind do not end, even when killed")]
    public static partial void CannotEnd(this ILogger logger, int processes);
}
