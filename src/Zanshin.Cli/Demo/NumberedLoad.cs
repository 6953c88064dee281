using System.Text.Json;
using System.Text.Json.Serialization;

namespace Zanshin.Cli.Demo;

/// <summary>The default load: numbered pieces of work.</summary>
internal sealed partial class NumberedLoad(int count) : Load(count)
{
    private const string Type = "demo.work";

    public override IEnumerable<Letter> Letters(int howMany) =>
        Enumerable.Range(1, howMany).Select(static n => new Letter(Type, JsonSerializer.Serialize(new Piece(n), Json.Default.Piece)));

    public override void Handle(QueueBuilder queue, Work work) =>
        queue.Handle<Piece>(Type, Json.Default.Piece, (message, _, cancel) => work.DoAsync(message, Type, $"number {message.Body.Number}", cancel));

    internal sealed record Piece(int Number);

    [JsonSerializable(typeof(Piece))]
    private sealed partial class Json : JsonSerializerContext;
}
