using System.Text;
using System.Text.RegularExpressions;

namespace Zanshin.Tracing.Heap;

/// <summary>Type names as the runtime's events have them, made readable.</summary>
internal static partial class TypeNames
{
    /// <summary><c>A.B`2[C,D]</c> is <c>A.B&lt;C,D&gt;</c>; what is an array stays one.</summary>
    public static string Plain(string name)
    {
        var plain = new StringBuilder(name.Length);
        var open = new Stack<bool>(); // whether it is of a generic type
        for (int i = 0; i < name.Length; i++)
        {
            switch (name[i])
            {
                case '`':
                    while (i + 1 < name.Length && char.IsAsciiDigit(name[i + 1]))
                        i++;
                    break;
                case '[':
                    open.Push(i + 1 < name.Length && name[i + 1] is not (']' or ',' or '*'));
                    plain.Append(open.Peek() ? '<' : '[');
                    break;
                case ']':
                    plain.Append(open.TryPop(out bool generic) && generic ? '>' : ']');
                    break;
                default:
                    plain.Append(name[i]);
                    break;
            }
        }
        return plain.ToString();
    }

    /// <summary>What holds others only, or is held by everything: it says little about why it is there.</summary>
    public static bool IsFiller(string name) => name.EndsWith(']') || Filler().IsMatch(name);

    [GeneratedRegex(@"^System\.(String|Object|Byte|Char|U?Int\d+|Boolean|Double|Decimal|DateTime|Guid|WeakReference.*|Action\b.*|Func\b.*|EventHandler\b.*|Threading\.(ExecutionContext|AsyncLocalValueMap.*|CancellationTokenSource\+(Registrations|CallbackNode)|CancellationCallbackInfo.*)|Collections\..*)$")]
    private static partial Regex Filler();
}
