using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Zanshin.Map.Tests;

/// <summary>Who uses whom in one assembly, read from its metadata and IL. Compiler-made types count as the one they are nested in.</summary>
internal sealed class AssemblyUses
{
    private AssemblyUses(MetadataReader reader, PEReader file)
    {
        References = [.. reader.AssemblyReferences.Select(r => reader.GetString(reader.GetAssemblyReference(r).Name)).Order(StringComparer.Ordinal)];
        SortedSet<(string, string)> types = [], calls = [];
        foreach (TypeDefinitionHandle handle in reader.TypeDefinitions)
        {
            string user = Name(reader, handle);
            TypeDefinition type = reader.GetTypeDefinition(handle);
            var used = new TypeNames(reader);
            used.Add(type.BaseType);
            foreach (InterfaceImplementationHandle one in type.GetInterfaceImplementations())
                used.Add(reader.GetInterfaceImplementation(one).Interface);
            foreach (FieldDefinitionHandle field in type.GetFields())
                reader.GetFieldDefinition(field).DecodeSignature(used, false);
            foreach (GenericParameterHandle parameter in type.GetGenericParameters())
                AddConstraints(reader, parameter, used);
            foreach (MethodDefinitionHandle method in type.GetMethods())
                Read(reader, file, reader.GetMethodDefinition(method), used, call => calls.Add((user, call)));
            foreach (string name in used.Names.Where(n => n != user))
                types.Add((user, name));
        }
        (Types, Calls) = ([.. types], [.. calls]);
    }

    /// <summary>Names of referenced assemblies.</summary>
    public IReadOnlyList<string> References { get; }

    public IReadOnlyList<(string User, string Used)> Types { get; }

    /// <summary>Calls into other assemblies, as "Type::Method".</summary>
    public IReadOnlyList<(string User, string Call)> Calls { get; }

    public static AssemblyUses Of(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        return new(file.GetMetadataReader(), file);
    }

    private static void Read(MetadataReader reader, PEReader file, MethodDefinition method, TypeNames used, Action<string> called)
    {
        method.DecodeSignature(used, false);
        foreach (GenericParameterHandle parameter in method.GetGenericParameters())
            AddConstraints(reader, parameter, used);
        if (method.RelativeVirtualAddress == 0)
            return;
        MethodBodyBlock body = file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
            reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(used, false);
        foreach (ExceptionRegion region in body.ExceptionRegions.Where(static r => r.Kind == ExceptionRegionKind.Catch))
            used.Add(region.CatchType);
        foreach (EntityHandle token in MethodTokens.Of(body.GetILContent().AsSpan()))
        {
            used.Add(token);
            if (Call(reader, token) is { } call)
                called(call);
        }
    }

    private static void AddConstraints(MetadataReader reader, GenericParameterHandle parameter, TypeNames used)
    {
        foreach (GenericParameterConstraintHandle constraint in reader.GetGenericParameter(parameter).GetConstraints())
            used.Add(reader.GetGenericParameterConstraint(constraint).Type);
    }

    private static string? Call(MetadataReader reader, EntityHandle token)
    {
        if (token.Kind == HandleKind.MethodSpecification)
            token = reader.GetMethodSpecification((MethodSpecificationHandle)token).Method;
        if (token.Kind != HandleKind.MemberReference)
            return null;
        MemberReference member = reader.GetMemberReference((MemberReferenceHandle)token);
        if (member.Parent.Kind != HandleKind.TypeReference)
            return null;
        TypeReference type = reader.GetTypeReference((TypeReferenceHandle)member.Parent);
        return $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}::{reader.GetString(member.Name)}";
    }

    private static string Name(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var names = new TypeNames(reader);
        names.Add(handle);
        return names.Names.Single();
    }
}
