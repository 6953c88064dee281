using Microsoft.Extensions.Logging;

namespace Zanshin.Simulation;

/// <summary>What a worker logs as a warning or worse, into the run's own log; and the orphans that it names.</summary>
internal sealed class WorkerLog(string process, EventLog log) : ILoggerProvider, ILogger
{
    private const int StoppedWithOrphans = 4;

    public string NamedOrphans { get; private set; } = "";

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        string text = formatter(state, exception);
        if (eventId.Id == StoppedWithOrphans)
            NamedOrphans = text;
        log.Add($"{process} says: {text}");
    }

    public void Dispose()
    {
    }
}
