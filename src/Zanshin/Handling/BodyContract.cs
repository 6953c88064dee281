using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Zanshin.Handling;

/// <summary>
/// The options by which a body is read, made of those that the application gave: names without regard to case, and no object without what its constructor
/// asks for. The resolver stays theirs, so nothing here needs reflection.
/// </summary>
internal static class BodyContract
{
    /// <summary>The contract to read by. One that was changed by hand, which its options do not know, stays as it is.</summary>
    public static JsonTypeInfo<T> Of<T>(JsonTypeInfo<T> json) =>
        json.Options.TryGetTypeInfo(typeof(T), out JsonTypeInfo? own) && IsSame(json, own) ? Of<T>(json.Options) : json;

    // Options that may still be changed make a new one each time they are asked.
    private static bool IsSame(JsonTypeInfo json, JsonTypeInfo own) => ReferenceEquals(json, own)
        || (!json.Options.IsReadOnly && json.Kind == own.Kind && json.UnmappedMemberHandling == own.UnmappedMemberHandling && (json.CreateObject is null) == (own.CreateObject is null)
            && json.Properties.Count == own.Properties.Count && json.Properties.Zip(own.Properties).All(static both => IsSame(both.First, both.Second)));

    private static bool IsSame(JsonPropertyInfo one, JsonPropertyInfo other) =>
        one.Name == other.Name && one.IsRequired == other.IsRequired && one.CustomConverter == other.CustomConverter && one.NumberHandling == other.NumberHandling
        && (one.Set is null) == (other.Set is null) && (one.Get is null) == (other.Get is null) && (one.ShouldSerialize is null) == (other.ShouldSerialize is null);

    public static JsonTypeInfo<T> Of<T>(JsonSerializerOptions own)
    {
        // Where an unknown name is refused, one in another case is no silent default.
        bool anyCase = own.PropertyNameCaseInsensitive || own.UnmappedMemberHandling == JsonUnmappedMemberHandling.Disallow;
        if (!anyCase && Options(own, anyCase: true) is var options && NamesAreDistinct(typeof(T), options, []))
            return (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        return (JsonTypeInfo<T>)Options(own, own.PropertyNameCaseInsensitive).GetTypeInfo(typeof(T));
    }

    private static JsonSerializerOptions Options(JsonSerializerOptions own, bool anyCase)
    {
        var options = new JsonSerializerOptions(own) { PropertyNameCaseInsensitive = anyCase };
        // What says so itself means every parameter.
        if (!own.RespectRequiredConstructorParameters)
            options.TypeInfoResolver = options.TypeInfoResolver!.WithAddedModifier(RequireParameters);
        options.MakeReadOnly();
        return options;
    }

    // A parameter without a default value must be there, unless whoever writes by these options may leave it out.
    private static void RequireParameters(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
            return;
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (property.AssociatedParameter is { HasDefaultValue: false, IsMemberInitializer: false } parameter && property.ShouldSerialize is null && !IsLeftOut(parameter, type.Options.DefaultIgnoreCondition))
                property.IsRequired = true;
        }
    }

    // One that is not nullable is never null, so it is written.
    private static bool IsLeftOut(JsonParameterInfo parameter, JsonIgnoreCondition condition) => condition switch
    {
        JsonIgnoreCondition.WhenWritingNull => parameter.IsNullable,
        JsonIgnoreCondition.WhenWritingDefault => parameter.IsNullable || parameter.ParameterType.IsValueType,
        _ => false,
    };

    // Of a type with names that differ by their case only the serializer makes no contract without regard to case, and says so when it is first read.
    private static bool NamesAreDistinct(Type type, JsonSerializerOptions options, HashSet<Type> seen)
    {
        if (!seen.Add(type))
            return true;
        try
        {
            return !options.TryGetTypeInfo(type, out JsonTypeInfo? json)
                || (Parts(json).All(part => NamesAreDistinct(part, options, seen))
                    && (json.PolymorphismOptions?.DerivedTypes.All(derived => NamesAreDistinct(derived.DerivedType, options, seen)) ?? true));
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static IEnumerable<Type> Parts(JsonTypeInfo json)
    {
        foreach (JsonPropertyInfo property in json.Properties.Where(BodyMembers.IsRead))
            yield return property.PropertyType;
        if (json.ElementType is { } element)
            yield return element;
    }
}
