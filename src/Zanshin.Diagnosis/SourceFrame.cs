using System.Globalization;

namespace Zanshin.Diagnosis;

/// <summary>A place in the code that began something.</summary>
/// <param name="Method">Type and method as written: of async methods and lambdas the method that contains them.</param>
/// <param name="File">The source file's path as the PDB has it; null where there is no PDB.</param>
/// <param name="Line">From 1; null where there is no PDB.</param>
public sealed record SourceFrame(string Method, string? File, int? Line)
{
    public override string ToString() =>
        File is null ? Method : string.Create(CultureInfo.InvariantCulture, $"{Method} in {Path.GetFileName(File)}:{Line}");
}
