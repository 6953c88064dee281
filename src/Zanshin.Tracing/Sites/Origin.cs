namespace Zanshin.Tracing.Sites;

/// <summary>Whose code a frame is.</summary>
internal enum Origin
{
    User,
    Zanshin,
    Framework,
}
