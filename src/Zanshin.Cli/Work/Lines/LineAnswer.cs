using System.Text.Json;

namespace Zanshin.Cli.Work.Lines;

/// <summary>What a process answers of a message, in one line of JSON.</summary>
internal sealed record LineAnswer(string? Id, string? Outcome, double? Delay, string? Reason)
{
    /// <exception cref="NotDoneException">It is no answer to this message.</exception>
    public static Zanshin.Outcome Read(string line, string message)
    {
        LineAnswer? answer;
        try
        {
            answer = JsonSerializer.Deserialize(line, LinesJson.Default.LineAnswer);
        }
        catch (JsonException)
        {
            throw new NotDoneException("the command answered with a line that is not a JSON object of \"id\" and \"outcome\"");
        }
        if (answer?.Id != message)
            throw new NotDoneException(answer?.Id is null ? "the command answered without an \"id\"" : "the command answered for another message");
        switch (answer.Outcome)
        {
            case "done":
                return Zanshin.Outcome.Done;
            case "reject":
                return Zanshin.Outcome.Reject(answer.Reason ?? "the command rejected it");
            case "retry" when answer.Delay is null:
                return Zanshin.Outcome.Retry();
            case "retry" when answer.Delay is >= 0 and <= 43_200:
                return Zanshin.Outcome.Retry(TimeSpan.FromSeconds(answer.Delay.Value));
            case "retry":
                throw new NotDoneException("the command answered with a \"delay\" that is not from 0 to 43200 seconds");
            default:
                throw new NotDoneException("the command answered with an \"outcome\" that is not done, retry or reject");
        }
    }
}
