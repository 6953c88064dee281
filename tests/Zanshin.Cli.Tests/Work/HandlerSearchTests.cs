using Zanshin.Cli.Work.Assemblies;

namespace Zanshin.Cli.Tests.Work;

public sealed class HandlerSearchTests
{
    [Fact]
    public void Handlers_are_found_with_their_bodies_and_queues()
    {
        IReadOnlyList<FoundHandler> found = HandlerSearch.In([typeof(A), typeof(B), typeof(Batch), typeof(string), typeof(AnyQueue), typeof(Base)], "x.dll");
        Assert.Equal(["A String False", "B Int32 False", "Batch String True", "AnyQueue String False"], found.Select(static f => $"{f.Class.Name} {f.Body.Name} {f.Batch}"));
        Assert.Equal([true, false, false, true], found.Select(static f => f.Takes("https://sqs.eu-central-1.amazonaws.com/1/orders")));
    }

    [Theory]
    [InlineData(new[] { typeof(string) }, "'x.dll' has no handlers")]
    [InlineData(new[] { typeof(Bare) }, "has no class with a [Handler(\"queue\")]: give one to Bare, which implements IHandle<T>")]
    [InlineData(new[] { typeof(Closed) }, "Closed has no public constructor")]
    [InlineData(new[] { typeof(Two) }, "Two handles 2 types of bodies")]
    [InlineData(new[] { typeof(Nothing) }, "Nothing has a [Handler] and implements none of")]
    [InlineData(new[] { typeof(Generic<>) }, "is generic")]
    [InlineData(new[] { typeof(A), typeof(SameAsA) }, "A and SameAsA both handle the type 'a' of queue 'orders'")]
    [InlineData(new[] { typeof(Batch), typeof(B), typeof(Rest) }, "B and Rest both handle what no other handler takes of queue 'mail'")]
    [InlineData(new[] { typeof(Closed), typeof(Two) }, "2 things are wrong:")]
    public void What_is_wrong_is_a_sentence(Type[] types, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<Refusal>(() => HandlerSearch.In(types, "x.dll")).Message, StringComparison.Ordinal);

    public abstract class Base : IHandleDone<string>
    {
        public ValueTask HandleAsync(Message<string> message, CancellationToken cancel) => ValueTask.CompletedTask;
    }

    [Handler("orders", Type = "a")]
    public sealed class A : Base;

    [Handler("other", "orders", Type = "b", Aliases = ["a"])]
    public sealed class SameAsA : Base;

    [Handler("mail")]
    public sealed class B : IHandle<int>
    {
        public ValueTask<Outcome> HandleAsync(Message<int> message, CancellationToken cancel) => ValueTask.FromResult(Outcome.Done);
    }

    [Handler("mail")]
    public sealed class Rest : Base;

    [Handler("bulk")]
    public sealed class Batch : IHandleBatch<string>
    {
        public ValueTask<BatchOutcome> HandleAsync(IReadOnlyList<Message<string>> batch, CancellationToken cancel) => ValueTask.FromResult<BatchOutcome>(Outcome.Done);
    }

    [Handler]
    public sealed class AnyQueue : Base;

    public sealed class Bare : Base;

    [Handler("closed")]
    public sealed class Closed : Base
    {
        private Closed()
        {
        }
    }

    [Handler("two")]
    public sealed class Two : Base, IHandleDone<int>
    {
        public ValueTask HandleAsync(Message<int> message, CancellationToken cancel) => ValueTask.CompletedTask;
    }

    [Handler("nothing")]
    public sealed class Nothing;

    [Handler("generic")]
    public sealed class Generic<T> : Base;
}
