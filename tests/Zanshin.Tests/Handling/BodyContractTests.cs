using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Zanshin.Handling;

namespace Zanshin.Tests.Handling;

public partial class BodyContractTests
{
    [Theory]
    [InlineData("""{"number":7,"for":"Ada"}""")]
    [InlineData("""{"Number":7,"For":"Ada"}""")]
    [InlineData("""{"NUMBER":7,"for":"Ada","more":[{}]}""")]
    public void A_context_that_says_nothing_reads_names_in_any_case(string body) =>
        Assert.Equal(new Order(7, "Ada"), JsonSerializer.Deserialize(body, BodyContract.Of(Plain.Default.Order)));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"number":7}""")]
    [InlineData("""{"for":"Ada","nummer":7}""")]
    public void A_constructor_parameter_without_a_default_value_must_be_there(string body)
    {
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(body, BodyContract.Of(Plain.Default.Order)));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(body, BodyContract.Of<Order>(JsonSerializerOptions.Web)));
    }

    [Fact]
    public void One_with_a_default_value_may_be_missing_and_so_may_members_that_nothing_requires() =>
        Assert.Equal(new Parcel(7), JsonSerializer.Deserialize("""{"number":7}""", BodyContract.Of(Plain.Default.Parcel)));

    [Fact]
    public void What_stands_deeper_is_read_alike()
    {
        JsonTypeInfo<Basket> json = BodyContract.Of(Plain.Default.Basket);
        Basket basket = JsonSerializer.Deserialize("""{"orders":[{"number":7,"for":"Ada"}]}""", json)!;
        Assert.Equal([new Order(7, "Ada")], basket.Orders);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"orders":[{"number":7}]}""", json));
    }

    public static TheoryData<string, bool> Depths => new()
    {
        { """{"One":{"number":7,"for":"Ada"}}""", true },
        { """{"One":{"number":7}}""", false },
        { """{"one":{}}""", false },
        { """{"one":null}""", true },
        { """{"list":[{"number":7,"for":"Ada"},{"number":7,"for":null}]}""", true },
        { """{"list":[{"number":7,"for":"Ada"},{"for":"Ada"}]}""", false },
        { """{"grid":[[],[{"number":7,"for":"Ada"}],[{}]]}""", false },
        { """{"named":{"a":{"number":7,"for":"Ada"},"b":{"number":7}}}""", false },
        { """{"named":{}}""", true },
        { """{"point":{"x":1,"y":2}}""", true },
        { """{"point":{"x":1}}""", false },
        { """{"point":null}""", true },
        { """{"item":{"label":{"text":"x"}}}""", true },
        { """{"item":{"label":{}}}""", false },
        { """{"item":{}}""", false },
        { """{"shape":{"$type":"circle","radius":1,"centre":{"x":1,"y":2}}}""", true },
        { """{"shape":{"$type":"circle","radius":1,"centre":{"x":1}}}""", false },
        { """{"shape":{"$type":"circle","centre":{"x":1,"y":2}}}""", false },
    };

    /// <summary>By the application's own context or options, and by those that are made here.</summary>
    [Theory]
    [MemberData(nameof(Depths))]
    public void What_is_missing_is_refused_at_any_depth(string body, bool isRead)
    {
        string array = $"[{body}]", inner = $$"""{"inner":{{body}}}""";
        foreach (JsonSerializerOptions own in new[] { Plain.Default.Options, new Plain(new() { RespectRequiredConstructorParameters = true }).Options, JsonSerializerOptions.Web, new() { TypeInfoResolver = new DefaultJsonTypeInfoResolver() } })
        {
            Assert.Equal(isRead, Reads<Deep>(body, own));
            Assert.Equal(isRead, Reads<Deep[]>(array, own));
            Assert.Equal(isRead, Reads<Deep>(inner, own));
        }

        static bool Reads<T>(string body, JsonSerializerOptions own)
        {
            try
            {
                return JsonSerializer.Deserialize(body, BodyContract.Of<T>(own)) is not null;
            }
            catch (JsonException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void What_its_own_options_leave_out_when_they_write_is_read_again()
    {
        foreach (JsonTypeInfo<Note> own in new[] { NoNulls.Default.Note, (JsonTypeInfo<Note>)new JsonSerializerOptions(Plain.Default.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault }.GetTypeInfo(typeof(Note)) })
        {
            JsonTypeInfo<Note> json = BodyContract.Of<Note>(own.Options);
            Assert.Equal(new Note(7, null, null), JsonSerializer.Deserialize(JsonSerializer.Serialize(new Note(7, null, null), own), json));
        }
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("{}", BodyContract.Of(NoNulls.Default.Note)));
        // What is not nullable is never left out.
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"number":7}""", BodyContract.Of(NoNulls.Default.Order)));
        Assert.Equal(new Said("x", null), JsonSerializer.Deserialize("""{"text":"x"}""", BodyContract.Of(Plain.Default.Said)));
    }

    [Fact]
    public void Names_that_differ_by_their_case_and_contracts_that_refuse_unknown_names_keep_the_case()
    {
        Assert.Equal((1, 2), Both(JsonSerializer.Deserialize("""{"id":1,"ID":2}""", BodyContract.Of(Plain.Default.Twins))!));
        Assert.Equal((1, 2), Both(JsonSerializer.Deserialize("""{"Twins":{"id":1,"ID":2}}""", BodyContract.Of(Plain.Default.House))!.Twins));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"number":7,"for":"Ada"}""", BodyContract.Of<Order>(Strict())));
        Assert.Equal(new Order(7, "Ada"), JsonSerializer.Deserialize("""{"Number":7,"For":"Ada"}""", BodyContract.Of<Order>(Strict())));

        static (int, int) Both(Twins twins) => (twins.Lower, twins.Upper);
        static JsonSerializerOptions Strict() => new(JsonSerializerOptions.Strict) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
    }

    [Fact]
    public void A_contract_that_was_changed_by_hand_stays_as_it_is()
    {
        var json = (JsonTypeInfo<Order>)new JsonSerializerOptions { TypeInfoResolver = Plain.Default }.GetTypeInfo(typeof(Order));
        json.Properties[0].Name = "nr";
        Assert.Same(json, BodyContract.Of(json));
        Assert.Equal(7, JsonSerializer.Deserialize("""{"nr":7}""", BodyContract.Of(json))!.Number);
    }

    [Fact]
    public void One_of_options_that_are_not_read_only_yet_is_read_as_any_other()
    {
        foreach (IJsonTypeInfoResolver resolver in new IJsonTypeInfoResolver[] { Plain.Default, new DefaultJsonTypeInfoResolver() })
        {
            var json = (JsonTypeInfo<Order>)new JsonSerializerOptions { TypeInfoResolver = resolver }.GetTypeInfo(typeof(Order));
            Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"number":7}""", BodyContract.Of(json)));
            Assert.Equal(new Order(7, "Ada"), JsonSerializer.Deserialize("""{"number":7,"for":"Ada"}""", BodyContract.Of(json)));
            Assert.Equal("""{"Number":7,"For":"Ada"}""", Body.Json(json).Write(new(7, "Ada")));
        }
    }

    [Fact]
    public void It_is_written_as_the_context_says()
    {
        Assert.Equal("""{"Number":7,"For":"Ada"}""", Body.Json(Plain.Default.Order).Write(new(7, "Ada")));
        Assert.Equal("""{"number":7,"for":"Ada"}""", Body.Json<Order>().Write(new(7, "Ada")));
    }

    internal sealed record Order(int Number, string For);

    internal sealed record Parcel(int Number, string? Note = null)
    {
        public decimal Weight { get; init; }
    }

    internal sealed record Basket(Order[] Orders);

    internal sealed class Deep
    {
        public Order? One { get; init; }
        public List<Order>? List { get; init; }
        public Order[][]? Grid { get; init; }
        public Dictionary<string, Order>? Named { get; init; }
        public Point? Point { get; init; }
        public Item? Item { get; init; }
        public Shape? Shape { get; init; }
        public Deep? Inner { get; init; }
    }

    [method: JsonConstructor]
    internal readonly record struct Point(int X, int Y);

    internal sealed class Item
    {
        public required Label Label { get; init; }
    }

    internal sealed class Label
    {
        public required string Text { get; init; }
    }

    [JsonDerivedType(typeof(Circle), "circle")]
    internal record Shape;

    internal sealed record Circle(int Radius, Point Centre) : Shape;

    internal sealed record Note(int Number, string? Text, int? Page);

    internal sealed record Said(string Text, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? By);

    internal sealed record House(Twins Twins);

    internal sealed class Twins
    {
        [JsonPropertyName("id")]
        public int Lower { get; set; }

        [JsonPropertyName("ID")]
        public int Upper { get; set; }
    }

    [JsonSerializable(typeof(Order))]
    [JsonSerializable(typeof(Parcel))]
    [JsonSerializable(typeof(Basket))]
    [JsonSerializable(typeof(Note))]
    [JsonSerializable(typeof(Said))]
    [JsonSerializable(typeof(House))]
    [JsonSerializable(typeof(Twins))]
    [JsonSerializable(typeof(Deep[]))]
    private sealed partial class Plain : JsonSerializerContext;

    [JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(Note))]
    [JsonSerializable(typeof(Order))]
    private sealed partial class NoNulls : JsonSerializerContext;
}
