using Zanshin.Diagnosis.Sites;

namespace Zanshin.Diagnosis.Tests.Sites;

public class MethodNameTests
{
    [Theory]
    [InlineData("My.App.Worker", "Run", "My.App.Worker.Run", false)]
    [InlineData("My.App.Worker+<RunAsync>d__3", "MoveNext", "My.App.Worker.RunAsync", true)]
    [InlineData("My.App.Worker+<RunAsync>d__3`1[System.__Canon]", "MoveNext", "My.App.Worker.RunAsync", true)]
    [InlineData("My.App.Worker+Inner", ".ctor", "My.App.Worker.Inner..ctor", false)]
    [InlineData("My.App.Worker+<>c__DisplayClass1_0", "<Start>b__0", "My.App.Worker.Start (lambda)", false)]
    [InlineData("My.App.Worker+<>c__DisplayClass1_0+<<Start>b__0>d", "MoveNext", "My.App.Worker.Start (lambda)", true)]
    [InlineData("My.App.Worker", "<Run>g__Local|3_0", "My.App.Worker.Run.Local", false)]
    [InlineData("Program+<<Main>$>d__0", "MoveNext", "Program.Main", true)]
    [InlineData("Program", "<Main>$", "Program.Main", false)]
    [InlineData("My.Sub", "<>n__0", "My.Sub.<>n__0", false)]
    [InlineData("My.Pool`1[System.__Canon]", "Rent[System.__Canon]", "My.Pool.Rent", false)]
    public void Compiled_names_are_shown_as_they_were_written(string type, string method, string written, bool isAsyncBody)
    {
        MethodName name = MethodName.Of(type, method);
        Assert.Equal(written, name.ToString());
        Assert.Equal(isAsyncBody, name.IsAsyncBody);
    }
}
