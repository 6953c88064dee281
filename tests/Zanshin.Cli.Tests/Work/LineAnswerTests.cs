using Zanshin.Cli.Work;
using Zanshin.Cli.Work.Lines;

namespace Zanshin.Cli.Tests.Work;

public sealed class LineAnswerTests
{
    [Theory]
    [InlineData("""{"id":"m","outcome":"done"}""", "Done")]
    [InlineData("""{"id":"m","outcome":"done","more":[1]}""", "Done")]
    [InlineData("""{"id":"m","outcome":"retry"}""", "Retry")]
    [InlineData("""{"id":"m","outcome":"retry","delay":0}""", "Retry after 00:00:00")]
    [InlineData("""{"id":"m","outcome":"retry","delay":43200}""", "Retry after 12:00:00")]
    [InlineData("""{"id":"m","outcome":"reject"}""", "Reject: the command rejected it")]
    [InlineData("""{"id":"m","outcome":"reject","reason":"no"}""", "Reject: no")]
    public void An_answer_is_an_outcome(string line, string outcome) => Assert.Equal(outcome, LineAnswer.Read(line, "m").ToString());

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"id":7,"outcome":"done"}""")]
    [InlineData("""{"id":"n","outcome":"done"}""")]
    [InlineData("""{"id":"m"}""")]
    [InlineData("""{"id":"m","outcome":"Done"}""")]
    [InlineData("""{"id":"m","outcome":"retry","delay":-1}""")]
    [InlineData("""{"id":"m","outcome":"retry","delay":43201}""")]
    [InlineData("""{"id":"m","outcome":"retry","delay":1e400}""")]
    [InlineData("""{"id":"m","outcome":"done"} {"id":"m"}""")]
    public void Anything_else_is_none_and_is_not_quoted(string line)
    {
        NotDoneException none = Assert.Throws<NotDoneException>(() => LineAnswer.Read(line, "m"));
        Assert.StartsWith("the command answered", none.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("{", none.Message, StringComparison.Ordinal);
    }
}
