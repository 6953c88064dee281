using Spectre.Console;
using Zanshin.Cli.Sqs;

namespace Zanshin.Cli.Tests.Sqs;

public class BarTests
{
    [Fact]
    public async Task A_terminal_that_takes_no_more_does_not_end_the_run()
    {
        var run = new TaskCompletionSource();
        using var hungUp = new HungUp();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(hungUp) });
        Task drawing = Bar.DrawAsync(console, "sent", 10, static () => 1, run.Task);
        await drawing.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
        Assert.True(hungUp.Tried);
        Assert.False(run.Task.IsCompleted);
    }

    private sealed class HungUp : StringWriter
    {
        public bool Tried { get; private set; }

        public override void Write(char value) => Fail();

        public override void Write(string? value) => Fail();

        public override void Write(char[] buffer, int index, int count) => Fail();

        public override void Flush() => Fail();

        private void Fail()
        {
            Tried = true;
            throw new IOException("Input/output error");
        }
    }
}
