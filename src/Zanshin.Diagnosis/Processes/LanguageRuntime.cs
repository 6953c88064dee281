namespace Zanshin.Diagnosis.Processes;

/// <summary>What runs a process's code.</summary>
internal enum LanguageRuntime
{
    Other,
    DotNet,
    Ruby,
    Python,
    Node,
    Java,
}
