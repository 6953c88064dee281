namespace Zanshin.Diagnosis.Sites;

/// <summary>Whose code a frame is.</summary>
internal enum Origin
{
    /// <summary>Has lines: the user's own, as far as can be told.</summary>
    User,

    /// <summary>Somebody's, without a PDB.</summary>
    Library,

    Zanshin,

    /// <summary>.NET's own.</summary>
    Framework,
}
