using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Zanshin.Diagnosis.Watching;

/// <summary>
/// What is registered with a token, by type. The runtime keeps its list to itself; a self-test at the first use says whether it is where it is
/// expected (.NET 10).
/// </summary>
internal static class Registrations
{
    /// <summary>More are not walked.</summary>
    private const int Most = 100_000;

    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    // By literal names, so that trimming keeps them.
    private static readonly FieldInfo? s_source = typeof(CancellationToken).GetField("_source", Any);
    private static readonly FieldInfo? s_registrations = typeof(CancellationTokenSource).GetField("_registrations", Any);
    private static readonly FieldInfo? s_callbacks = Type.GetType("System.Threading.CancellationTokenSource+Registrations, System.Private.CoreLib")?.GetField("Callbacks", Any);
    private static readonly FieldInfo? s_next = Type.GetType("System.Threading.CancellationTokenSource+CallbackNode, System.Private.CoreLib")?.GetField("Next", Any);
    private static readonly FieldInfo? s_callback = Type.GetType("System.Threading.CancellationTokenSource+CallbackNode, System.Private.CoreLib")?.GetField("Callback", Any);
    private static readonly FieldInfo? s_state = Type.GetType("System.Threading.CancellationTokenSource+CallbackNode, System.Private.CoreLib")?.GetField("CallbackState", Any);

    private static readonly Lazy<bool> s_canRead = new(Test);

    public static bool CanRead => s_canRead.Value;

    /// <summary>How many of each type; null where they cannot be read.</summary>
    public static Dictionary<string, int>? Count(CancellationToken token) => CanRead ? Walk(token) : null;

    private static Dictionary<string, int> Walk(CancellationToken token)
    {
        Dictionary<string, int> counts = [];
        // Not under the list's lock: a walk that is taken astray by a change counts too few or too many, once.
        object? node = s_source!.GetValue(token) is { } source && s_registrations!.GetValue(source) is { } registrations ? s_callbacks!.GetValue(registrations) : null;
        for (int i = 0; node is not null && i < Most; i++, node = s_next!.GetValue(node))
        {
            if (s_callback!.GetValue(node) is not Delegate callback)
                continue;
            string name = NameOf(s_state!.GetValue(node), callback);
            counts[name] = counts.GetValueOrDefault(name) + 1;
        }
        return counts;
    }

    // The user's delegate stands in the state where the runtime wraps it.
    private static string NameOf(object? state, Delegate callback) => state switch
    {
        Delegate { Target: { } target } => target.GetType().ToString(),
        null or Delegate => callback.Method.DeclaringType?.ToString() ?? callback.Method.Name,
        _ => state.GetType().ToString(),
    };

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Names of types only; without them the count goes by another name.")]
    private static bool Test()
    {
        if (s_source is null || s_registrations is null || s_callbacks is null || s_next is null || s_callback is null || s_state is null)
            return false;
        try
        {
            using var source = new CancellationTokenSource();
            using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(source.Token, CancellationToken.None);
            return Walk(source.Token).Values.Sum() == 1;
        }
        catch (Exception exception) when (exception is TargetException or InvalidCastException or NullReferenceException or FieldAccessException)
        {
            return false;
        }
    }
}
