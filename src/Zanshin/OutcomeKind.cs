using System.Text.Json.Serialization;

namespace Zanshin;

[JsonConverter(typeof(JsonStringEnumConverter<OutcomeKind>))]
public enum OutcomeKind
{
    Done,
    Retry,
    Reject,
}
