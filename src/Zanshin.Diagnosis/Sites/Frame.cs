namespace Zanshin.Diagnosis.Sites;

/// <summary>One frame of a starter's stack.</summary>
internal sealed record Frame(MethodName Name, Origin Origin, string Module, string? File, int? Line)
{
    public SourceFrame ToPublic() => new(Name.ToString(), File, Line);
}
