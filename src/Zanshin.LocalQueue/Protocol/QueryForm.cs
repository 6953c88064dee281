using System.Globalization;
using System.Net;
using System.Text;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Protocol;

/// <summary>
/// The parameters of a Query call as a tree: <c>MessageAttribute.1.Value.DataType=String</c> is the leaf of four nodes.
/// </summary>
internal sealed class QueryForm
{
    // Ten entries with ten attributes of four parameters each, and what belongs to an entry, are some 500.
    private const int MostParameters = 2_000;
    private const int Deepest = 8;

    // Throws at what is not UTF-8, where the ready-made one would put a replacement into somebody's message.
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal string? Value { get; private set; }

    internal Dictionary<string, QueryForm> Members { get; } = new(StringComparer.Ordinal);

    internal string? this[string name] => Members.GetValueOrDefault(name)?.Value;

    internal static QueryForm Read(string query, ReadOnlySpan<byte> body)
    {
        try
        {
            var root = new QueryForm();
            var count = 0;
            root.Add(Encoding.ASCII.GetBytes(query), ref count);
            root.Add(body, ref count);
            return root;
        }
        catch (DecoderFallbackException)
        {
            throw Malformed("a parameter is not UTF-8");
        }
    }

    /// <summary>The members <c>1</c>, <c>2</c> and so on, in the order of their numbers.</summary>
    internal IEnumerable<QueryForm> Entries()
    {
        // An empty list is its name with nothing behind it.
        if (Value is "" && Members.Count == 0) return [];
        // One entry may be given without its number.
        if (Value is not null || Members.Keys.Any(static k => !char.IsAsciiDigit(k[0]))) return [this];
        return Members
            .Select(static m => (Number: int.TryParse(m.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : throw Malformed($"'{m.Key}' is not a number of an entry"), m.Value))
            .OrderBy(static m => m.Number)
            .Select(static m => m.Value);
    }

    private static ProtocolException Malformed(string reason) => new(SqsError.Malformed($"The request could not be read: {reason}."));

    private void Add(ReadOnlySpan<byte> text, ref int count)
    {
        foreach (var range in text.Split((byte)'&'))
        {
            var parameter = text[range];
            if (parameter.IsEmpty) continue;
            if (++count > MostParameters) throw Malformed($"it has more than {MostParameters} parameters");
            var equals = parameter.IndexOf((byte)'=');
            var name = Decode(equals < 0 ? parameter : parameter[..equals]);
            Node(name).Value = equals < 0 ? "" : Decode(parameter[(equals + 1)..]);
        }
    }

    private QueryForm Node(string name)
    {
        var node = this;
        var parts = name.Split('.', Deepest + 1);
        if (parts.Length > Deepest || parts.Contains("")) throw Malformed($"'{name}' is not a name of a parameter");
        foreach (var part in parts)
        {
            if (!node.Members.TryGetValue(part, out var next)) node.Members.Add(part, next = new());
            node = next;
        }

        return node;
    }

    private static string Decode(ReadOnlySpan<byte> encoded) =>
        Strict.GetString(WebUtility.UrlDecodeToBytes(encoded.ToArray(), 0, encoded.Length) ?? []);
}
