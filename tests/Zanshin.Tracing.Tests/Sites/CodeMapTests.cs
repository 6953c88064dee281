using Zanshin.Tracing.Sites;

namespace Zanshin.Tracing.Tests.Sites;

public class CodeMapTests
{
    private readonly CodeMap _map = new();

    public CodeMapTests() => _map.Add(
        [
            new MethodBody(2000, 100, 1, 0x06000002, "B", "Run", [0, -2, 7, 12], [0, 4, 10, 40]),
            new MethodBody(1000, 50, 1, 0x06000001, "A", "Run", [], []),
        ],
        [new(1, "/app/a.dll")]);

    [Theory]
    [InlineData(1000, "A")]
    [InlineData(1050, "A")] // the address behind a call that never returns
    [InlineData(1051, null)]
    [InlineData(999, null)]
    [InlineData(2099, "B")]
    public void An_address_belongs_to_the_body_around_it(ulong address, string? type) => Assert.Equal(type, _map.Find(address)?.Type);

    [Fact]
    public void A_return_address_belongs_to_the_call_before_it()
    {
        MethodBody body = _map.Find(2040)!;
        Assert.Equal(7, body.ILOffset(2040));
        Assert.Equal(12, body.ILOffset(2041));
        Assert.Null(_map.Find(1010)!.ILOffset(1010));
    }
}
