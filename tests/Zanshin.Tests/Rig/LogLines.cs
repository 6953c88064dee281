using Microsoft.Extensions.Logging;

namespace Zanshin.Tests.Rig;

/// <summary>Keeps what was logged, with the scopes it was logged in.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger, ISupportExternalScope
{
    private readonly Lock _lock = new();
    private readonly List<(LogLevel Level, int Id, string Text, string Scopes)> _lines = [];
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public IReadOnlyList<(LogLevel Level, int Id, string Text, string Scopes)> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => _scopes.Push(state);

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        List<string> scopes = [];
        _scopes.ForEachScope(static (scope, list) => list.Add(scope?.ToString() ?? ""), scopes);
        lock (_lock)
            _lines.Add((logLevel, eventId.Id, formatter(state, exception) + exception, string.Join(" / ", scopes)));
    }

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
    }
}
