namespace Zanshin.Diagnosis.Sites;

/// <summary>A method as its author wrote it, from the names that the compiler made of it.</summary>
/// <param name="IsAsyncBody">It is the body of an async method or iterator, which the compiler put in a type of its own.</param>
internal readonly record struct MethodName(string Type, string Method, bool IsAsyncBody)
{
    public override string ToString() => $"{Type}.{Method}";

    public static MethodName Of(string type, string method)
    {
        string owner = WithoutGenerics(type);
        bool body = false;
        int nested;
        // My.Worker+<RunAsync>d__3.MoveNext, My.Worker+<>c__DisplayClass1_0.<Start>b__0, and both in each other.
        while ((nested = owner.LastIndexOf("+<", StringComparison.Ordinal)) >= 0)
        {
            string inner = owner[(nested + 1)..];
            owner = owner[..nested];
            if (method == "MoveNext" && inner.LastIndexOf(">d", StringComparison.Ordinal) > 0)
                (method, body) = (inner, true);
        }
        return new MethodName(owner.Replace('+', '.'), Plain(WithoutGenerics(method)), body);
    }

    /// <summary>The method that a state machine's type (<c>&lt;RunAsync&gt;d__3</c>) was made of.</summary>
    public static string OfStateMachine(string typeName) => Plain(WithoutGenerics(typeName));

    private static string Plain(string name)
    {
        if (!name.StartsWith('<'))
            return name;
        // <<Main>$>d__0, <Run>g__Local|3_0, <Run>b__1, <<Run>b__0>d
        int close = name.LastIndexOf('>');
        string outer = Plain(name[1..close]).TrimEnd('$');
        string rest = name[(close + 1)..];
        if (outer.Length == 0)
            return name; // <>n__0, a call of a base class's method
        if (rest.StartsWith("g__", StringComparison.Ordinal))
            return $"{outer}.{rest[3..].Split('|')[0]}";
        return rest.StartsWith('b') ? $"{outer} (lambda)" : outer;
    }

    private static string WithoutGenerics(string name)
    {
        int bracket = name.IndexOf('[', StringComparison.Ordinal);
        string plain = bracket > 0 ? name[..bracket] : name;
        for (int tick; (tick = plain.IndexOf('`', StringComparison.Ordinal)) >= 0;)
        {
            int end = tick + 1;
            while (end < plain.Length && char.IsAsciiDigit(plain[end]))
                end++;
            plain = plain.Remove(tick, end - tick);
        }
        return plain;
    }
}
