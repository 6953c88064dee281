using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Zanshin.Diagnosis.Sites;
using Zanshin.Tracing.Sites;

namespace Zanshin.Tracing.Heap;

/// <summary>Whole names of types, from the metadata of their modules' files, and whose they are. Not thread-safe.</summary>
internal sealed class ModuleTypes(CodeMap modules) : IDisposable
{
    private const int TypeDefinitionTable = 0x02;

    private readonly Dictionary<long, (PEReader? File, bool IsUsers)> _files = [];

    public (string Name, bool IsUsers) NameOf(TypeName type)
    {
        (PEReader? file, bool isUsers) = FileOf(type.Module);
        string name = type.Name;
        if (file is not null && type.Token >>> 24 == TypeDefinitionTable && Declaring(file.GetMetadataReader(), type.Token) is { Length: > 0 } declaring
            && !name.StartsWith(declaring, StringComparison.Ordinal))
        {
            name = declaring + name;
        }
        return (TypeNames.Plain(name) + (type.IsArray && !name.EndsWith(']') ? "[]" : ""), isUsers);
    }

    /// <summary>Which types declare static fields of these names: of the user's code if any does.</summary>
    public Dictionary<string, string> OwnersOf(IReadOnlyCollection<string> fields)
    {
        Dictionary<string, List<(string Owner, bool IsUsers)>> owners = fields.Distinct().ToDictionary(static f => f, static _ => new List<(string, bool)>());
        foreach (long module in modules.Modules)
        {
            (PEReader? file, bool isUsers) = FileOf(module);
            if (file is null)
                continue;
            MetadataReader metadata = file.GetMetadataReader();
            foreach (FieldDefinitionHandle handle in metadata.FieldDefinitions)
            {
                FieldDefinition field = metadata.GetFieldDefinition(handle);
                if ((field.Attributes & (FieldAttributes.Static | FieldAttributes.Literal)) == FieldAttributes.Static && owners.TryGetValue(metadata.GetString(field.Name), out var found))
                    found.Add((FullName(metadata, field.GetDeclaringType()), isUsers));
            }
        }
        return owners.Select(static o => (o.Key, Of: o.Value.FindAll(static f => f.IsUsers) is { Count: > 0 } users ? users : o.Value))
            .Where(static o => o.Of.Count == 1).ToDictionary(static o => o.Key, static o => o.Of[0].Owner);
    }

    public void Dispose()
    {
        foreach ((PEReader? file, _) in _files.Values)
            file?.Dispose();
    }

    private (PEReader? File, bool IsUsers) FileOf(long module)
    {
        if (_files.TryGetValue(module, out (PEReader?, bool) known))
            return known;
        string path = modules.ModulePath(module) ?? "";
        bool isUsers = path.Length > 0 && Origins.Of(Path.GetFileNameWithoutExtension(path), () => File.Exists(Path.ChangeExtension(path, ".pdb"))) == Origin.User;
        return _files[module] = (Open(path), isUsers);
    }

    private static PEReader? Open(string path)
    {
        try
        {
            var file = new PEReader(File.OpenRead(path), PEStreamOptions.PrefetchMetadata);
            if (file.HasMetadata)
                return file;
            file.Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or BadImageFormatException)
        {
            // Gone, in memory only, or in a bundle: names stay short.
        }
        return null;
    }

    private static string FullName(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        TypeDefinition type = metadata.GetTypeDefinition(handle);
        string space = metadata.GetString(type.Namespace);
        return TypeNames.Plain($"{Declaring(metadata, MetadataTokens.GetToken(handle))}{(space.Length > 0 ? $"{space}." : "")}{metadata.GetString(type.Name)}");
    }

    // Of a nested type: "Namespace.Outer+".
    private static string Declaring(MetadataReader metadata, int token)
    {
        int row = token & 0xFFFFFF;
        if (row == 0 || row > metadata.TypeDefinitions.Count)
            return "";
        string declaring = "";
        TypeDefinition type = metadata.GetTypeDefinition(MetadataTokens.TypeDefinitionHandle(row));
        for (TypeDefinitionHandle outer = type.GetDeclaringType(); !outer.IsNil; outer = type.GetDeclaringType())
        {
            type = metadata.GetTypeDefinition(outer);
            string space = metadata.GetString(type.Namespace);
            declaring = $"{(space.Length > 0 ? $"{space}." : "")}{metadata.GetString(type.Name)}+{declaring}";
        }
        return declaring;
    }
}
