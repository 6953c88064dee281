using System.Text.Json.Serialization;

namespace Zanshin.Tests.Sending;

[JsonSerializable(typeof(long))]
internal sealed partial class LongJson : JsonSerializerContext;
