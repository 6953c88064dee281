using Zanshin.Tracing.Heap;

namespace Zanshin.Tracing.Tests.Heap;

public class TypeNamesTests
{
    [Theory]
    [InlineData("Shop.Order", "Shop.Order")]
    [InlineData("System.Collections.Generic.Dictionary`2[System.String,System.Int32[]]", "System.Collections.Generic.Dictionary<System.String,System.Int32[]>")]
    [InlineData("A`1[B`2[C[,],D]]", "A<B<C[,],D>>")]
    [InlineData("Entry[System.Int32,System.Object][]", "Entry<System.Int32,System.Object>[]")]
    [InlineData("Broken`", "Broken")]
    [InlineData("Broken]", "Broken]")]
    public void Generic_types_and_arrays_are_written_as_in_code(string told, string plain) => Assert.Equal(plain, TypeNames.Plain(told));

    [Theory]
    [InlineData("System.String", true)]
    [InlineData("Shop.Order[]", true)]
    [InlineData("System.Collections.Generic.List<Shop.Order>", true)]
    [InlineData("System.Threading.CancellationTokenSource+CallbackNode", true)]
    [InlineData("System.Threading.CancellationTokenSource", false)]
    [InlineData("Shop.Order", false)]
    public void What_only_holds_others_says_little(string type, bool filler) => Assert.Equal(filler, TypeNames.IsFiller(type));
}
