using Microsoft.Extensions.Logging;

namespace Zanshin.Diagnosis.Hosting;

/// <summary>What the watch says.</summary>
internal static partial class LeakLog
{
    [LoggerMessage(1, LogLevel.Warning, "Leak {Fingerprint} of kind {Kinds} grows by {PerMessage:0.00} a message:\n{Report}")]
    public static partial void Found(this ILogger logger, string fingerprint, string kinds, double perMessage, string report);

    [LoggerMessage(2, LogLevel.Warning, "The host has stopped, and handlers have left running:\n{Report}")]
    public static partial void LeftRunning(this ILogger logger, string report);

    [LoggerMessage(3, LogLevel.Error, "The leak watch has failed and looks no more")]
    public static partial void Failed(this ILogger logger, Exception exception);

    [LoggerMessage(4, LogLevel.Information, "The leak watch listens to threads only: event sources are switched off in this process (EventSourceSupport)")]
    public static partial void ThreadsOnly(this ILogger logger);
}
