using System.Text;
using System.Text.Json.Nodes;

namespace Zanshin.LocalQueue.Tests.Fuzz;

/// <summary>Makes sound calls hostile, by seed.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly string[] Texts =
    [
        "", " ", "0", "-1", "99999999999999999999", "1e999", "NaN", "null", "{}", "[]", "{\"a\":", "\0", "\r\n", "\u0001\uFFFE", "\uD83D\uDE00", "<&>\"']]>", "../../etc", "a/b/c", "q.fifo", "no-such-queue",
        "http://[::1", "arn:aws:sqs:::", "arn:aws:sqs:us-east-1:000000000000:dead", "AQEB", "////", "All", "FifoQueue", "true", "{\"maxReceiveCount\":[{}],\"deadLetterTargetArn\":7}", "{\"redrivePermission\":{}}",
        "{\"Statement\":{\"Sid\":7}}", "{\"Statement\":[[],7,null,{\"Sid\":[]}]}", "[[[[[[", "%", "%zz", "%00", "%ff%fe", "a.b", "String." + new string('x', 300),
    ];

    private static readonly string[] Raw =
    [
        "null", "true", "0", "-1", "2147483648", "1e999", "1.5", "-0", "[]", "{}", "[[]]", "{\"\":{}}", "\"\\ud800\"", "\"\\u0000\"", "[null]", "[7,\"x\",{}]", "{\"a\":7,\"b\":null,\"c\":[]}",
    ];

    private readonly Random _random = new(seed);

    internal int Next(int count) => _random.Next(count);

    internal byte[] Json(string call)
    {
        var bytes = Encoding.UTF8.GetBytes(call);
        return _random.Next(4) switch
        {
            0 => Bytes(bytes),
            1 => Encoding.UTF8.GetBytes(Deep()),
            _ => Encoding.UTF8.GetBytes(Tree(call)),
        };
    }

    internal byte[] Form(string call)
    {
        var parameters = call.Split('&').ToList();
        for (var i = _random.Next(3); i >= 0; i--)
        {
            var at = _random.Next(parameters.Count);
            var name = parameters[at].Split('=')[0];
            switch (_random.Next(7))
            {
                case 0:
                    parameters.RemoveAt(at);
                    if (parameters.Count == 0) parameters.Add("Action=ListQueues");
                    break;
                case 1:
                    parameters.Add(parameters[at]);
                    break;
                case 2:
                    parameters[at] = $"{name}={Uri.EscapeDataString(Text())}";
                    break;
                case 3:
                    parameters[at] = $"{name}={Text()}";
                    break;
                case 4:
                    parameters[at] = $"{name}.{_random.Next(3)}.{Text()}=x";
                    break;
                case 5:
                    parameters[at] = parameters[at].Replace(".1", ".999999999999", StringComparison.Ordinal);
                    break;
                default:
                    parameters.Insert(at, name + new string('.', _random.Next(1, 20)));
                    break;
            }
        }

        var bytes = Encoding.UTF8.GetBytes(string.Join('&', parameters));
        return _random.Next(4) == 0 ? Bytes(bytes) : bytes;
    }

    /// <summary>Cut, changed, doubled, or with something in it that is not UTF-8.</summary>
    private byte[] Bytes(byte[] bytes)
    {
        var at = _random.Next(bytes.Length);
        switch (_random.Next(4))
        {
            case 0:
                return bytes[..at];
            case 1:
                bytes[at] = (byte)_random.Next(256);
                return bytes;
            case 2:
                return [.. bytes[..at], .. bytes[at..], .. bytes[at..]];
            default:
                return [.. bytes[..at], 0xC3, 0x28, 0xED, 0xA0, 0x80, .. bytes[at..]];
        }
    }

    private string Deep() => _random.Next(3) switch
    {
        0 => new string('[', 100_000),
        1 => string.Concat(Enumerable.Repeat("{\"a\":", 50_000)),
        _ => "{\"QueueUrl\":" + new string('[', 70) + new string(']', 70) + "}",
    };

    /// <summary>One to three places of the call get another value, another name, or are there twice.</summary>
    private string Tree(string call)
    {
        var root = JsonNode.Parse(call)!;
        var late = new List<(string Mark, string Text)>();
        for (var i = _random.Next(3); i >= 0; i--)
        {
            var nodes = Objects(root).ToList();
            var at = nodes[_random.Next(nodes.Count)];
            if (at.Count == 0) continue;
            var name = at.ElementAt(_random.Next(at.Count)).Key;
            switch (_random.Next(6))
            {
                case 0:
                    at.Remove(name);
                    break;
                case 1:
                    at[Text()] = at[name]?.DeepClone();
                    break;
                case 2:
                    at[name] = Text();
                    break;
                case 3:
                    at[name] = new JsonArray([.. Enumerable.Range(0, _random.Next(1, 15)).Select(_ => at[name]?.DeepClone())]);
                    break;
                case 4 when at[name] is JsonArray { Count: > 0 } array:
                    for (var n = _random.Next(1, 15); n > 0; n--) array.Add(array[0]?.DeepClone());
                    break;
                default:
                    // What is no text, or not even JSON, cannot be in the tree: it takes the place of a mark.
                    var mark = $"\"mark-{i}\"";
                    at[name] = $"mark-{i}";
                    late.Add((mark, Raw[_random.Next(Raw.Length)]));
                    break;
            }
        }

        return late.Aggregate(root.ToJsonString(), static (json, l) => json.Replace(l.Mark, l.Text, StringComparison.Ordinal));
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(static m => Objects(m.Value)).Prepend(o),
        JsonArray a => a.SelectMany(Objects),
        _ => [],
    };

    private string Text() => _random.Next(12) == 0 ? new string('x', _random.Next(100_000)) : Texts[_random.Next(Texts.Length)];
}
