using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing.Parsers;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;
using Microsoft.Diagnostics.Tracing.Session;

namespace Zanshin.Tracing.Sessions;

/// <summary>What a trace listens to, with the least that shows begins, their stacks and the message they belong to.</summary>
internal static class Providers
{
    /// <summary>The worker's own event source, whose MessageStart and MessageStop mark messages.</summary>
    public const string Zanshin = "Zanshin";

    public static readonly Guid Runtime = ClrTraceEventParser.ProviderGuid;
    public static readonly Guid Rundown = ClrRundownTraceEventParser.ProviderGuid;
    public static readonly Guid Tasks = TplEtwProviderTraceEventParser.ProviderGuid;
    /// <summary>The library knows it by the id of .NET Framework, or by the one that its name makes.</summary>
    public static bool IsFramework(Guid provider) => provider == s_framework || provider == FrameworkEventSourceTraceEventParser.ProviderGuid;

    private const string FrameworkName = "System.Diagnostics.Eventing.FrameworkEventSource";
    private static readonly Guid s_framework = IdOf(FrameworkName);

    private const long Threading = 0x10000;
    private const long AsyncCausalityOperation = 0x8;
    private const long TasksFlowActivityIds = 0x80;
    private const long ThreadTransfer = 0x10;

    public static IReadOnlyList<EventPipeProvider> ForThreads { get; } = [new(ClrTraceEventParser.ProviderName, EventLevel.Informational, Threading)];

    public static IReadOnlyList<EventPipeProvider> ForBegins(string messages) =>
    [
        new(ClrTraceEventParser.ProviderName, EventLevel.Informational, Threading),
        new(TplEtwProviderTraceEventParser.ProviderName, EventLevel.Informational, AsyncCausalityOperation | TasksFlowActivityIds),
        new(FrameworkName, EventLevel.Informational, ThreadTransfer),
        new(messages, EventLevel.Informational, -1),
    ];

    public static Guid IdOf(string eventSource) => TraceEventProviders.GetEventSourceGuidFromName(eventSource);
}
