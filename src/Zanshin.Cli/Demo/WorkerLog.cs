using Microsoft.Extensions.Logging;

namespace Zanshin.Cli.Demo;

/// <summary>Keeps the worker's first few warnings for the end, or writes everything to stderr at once. Thread-safe.</summary>
internal sealed class WorkerLog(bool verbose) : ILoggerProvider, ILogger
{
    private const int Kept = 5;

    private readonly List<string> _warnings = []; // is its own lock

    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_warnings)
                return [.. _warnings];
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= (verbose ? LogLevel.Information : LogLevel.Warning);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        string line = exception is null ? formatter(state, exception) : $"{formatter(state, exception)} ({exception.GetType().Name}: {exception.Message})";
        if (verbose)
        {
            Console.Error.WriteLine(Printable.Lines($"{logLevel.ToString().ToLowerInvariant()}: {line}"));
            return;
        }
        lock (_warnings)
        {
            if (_warnings.Count < Kept)
                _warnings.Add(line);
        }
    }

    public void Dispose()
    {
        // Shared by the demo's workers, and holds nothing.
    }
}
