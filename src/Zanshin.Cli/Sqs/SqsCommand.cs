using System.CommandLine;

namespace Zanshin.Cli.Sqs;

/// <summary><c>zanshin sqs</c>: queues and what is in them, on any SQS.</summary>
internal static class SqsCommand
{
    public static Command Create() => new("sqs", "Look at queues and messages on any SQS, send, dump and move them.")
    {
        ListCommand.Create(),
        StatsCommand.Create(),
        CreateCommand.Create(),
        DeleteCommand.Create(),
        PurgeCommand.Create(),
        SendCommand.Create(),
        PeekCommand.Create(),
        DumpCommand.Create(),
        RequeueCommand.Create(),
        MoveCommand.Create(),
        RedriveCommand.Create(),
    };
}
