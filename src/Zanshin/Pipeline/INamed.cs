namespace Zanshin.Pipeline;

/// <summary>Middleware that is shown under another name than its type's.</summary>
internal interface INamed
{
    string Name { get; }
}
