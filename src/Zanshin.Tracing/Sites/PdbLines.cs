using System.Globalization;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Zanshin.Tracing.Sites;

/// <summary>Source lines from portable PDBs: beside the assembly, or inside it.</summary>
internal sealed class PdbLines(int processId) : IDisposable
{
    private readonly Dictionary<string, MetadataReaderProvider?> _pdbs = [];

    public (string File, int Line)? Find(string modulePath, int methodToken, int ilOffset)
    {
        if (Pdb(modulePath) is not { } pdb)
            return null;
        try
        {
            var handle = ((MethodDefinitionHandle)MetadataTokens.EntityHandle(methodToken)).ToDebugInformationHandle();
            SequencePoint? best = null;
            foreach (SequencePoint point in pdb.GetMethodDebugInformation(handle).GetSequencePoints())
            {
                if (!point.IsHidden && point.Offset <= ilOffset && (best is null || point.Offset >= best.Value.Offset))
                    best = point;
            }
            return best is { } at ? (pdb.GetString(pdb.GetDocument(at.Document).Name), at.StartLine) : null;
        }
        catch (Exception exception) when (exception is BadImageFormatException or InvalidCastException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Whether the module has lines at all.</summary>
    public bool Has(string modulePath) => Pdb(modulePath) is not null;

    public void Dispose()
    {
        foreach (MetadataReaderProvider? pdb in _pdbs.Values)
            pdb?.Dispose();
        _pdbs.Clear();
    }

    private MetadataReader? Pdb(string modulePath)
    {
        if (!_pdbs.TryGetValue(modulePath, out MetadataReaderProvider? pdb))
            _pdbs[modulePath] = pdb = Open(Seen(modulePath));
        return pdb?.GetMetadataReader();
    }

    // The process may have another root directory, as in a container.
    private string Seen(string path)
    {
        string inRoot = $"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/root{path}";
        return File.Exists(inRoot) ? inRoot : path;
    }

    private static MetadataReaderProvider? Open(string path)
    {
        try
        {
            using var image = new PEReader(File.OpenRead(path));
            return image.TryOpenAssociatedPortablePdb(path, static p => File.Exists(p) ? new MemoryStream(File.ReadAllBytes(p)) : null, out MetadataReaderProvider? pdb, out _) ? pdb : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            return null;
        }
    }
}
