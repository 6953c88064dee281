using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Zanshin.Cli.Work.Assemblies;

/// <summary>
/// Reads bodies as the assembly's services say: by their <c>BodyReader&lt;T&gt;</c>, else text, bytes and S3 events as such, and all others as JSON
/// with their <see cref="JsonSerializerOptions"/>, else with those of the web (camel case, any case read).
/// </summary>
internal sealed class ServicesBody<T> : BodyReader<T>
{
    private static readonly BodyReader<T>? Plain = (object)typeof(T) switch
    {
        _ when typeof(T) == typeof(string) => (BodyReader<T>)(object)Body.Text,
        _ when typeof(T) == typeof(byte[]) => (BodyReader<T>)(object)Body.Bytes,
        _ when typeof(T) == typeof(S3Event) => (BodyReader<T>)(object)Body.S3Event,
        _ => null,
    };

    private BodyReader<T>? _json; // the first wins; all are alike

    public override T Read(Message message) => (message.Services.GetService<BodyReader<T>>() ?? Plain ?? (_json ??= Json(message.Services))).Read(message);

    public override string Write(T body) => throw new NotSupportedException("It only reads.");

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The tool is not trimmed.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Nor is it compiled ahead of time.")]
    private static BodyReader<T> Json(IServiceProvider services) => Body.Json<T>(services.GetService<JsonSerializerOptions>() ?? JsonSerializerOptions.Web);
}
