using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Zanshin.Cli.Work;

/// <summary>The log, one line an event, as text or JSON, on stdout or appended to a file. Thread-safe: lines never mix.</summary>
internal sealed class WorkLog(TextWriter writer, bool json, bool verbose) : ILoggerProvider, ISupportExternalScope
{
    private readonly Lock _lock = new(); // guards the writer
    private readonly bool _json = json;
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    /// <exception cref="Refusal">The file cannot be written.</exception>
    public static WorkLog Open(WorkOptions options)
    {
        if (options.LogFile is not { } file)
            return new WorkLog(Console.Out, options.Json, options.Verbose);
        try
        {
            var stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            return new WorkLog(new StreamWriter(stream) { AutoFlush = true }, options.Json, options.Verbose);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new Refusal($"the log file '{file}' cannot be written: {exception.Message}", exception);
        }
    }

    public ILogger CreateLogger(string categoryName) => new Of(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
        lock (_lock)
        {
            if (writer != Console.Out)
                writer.Dispose();
        }
    }

    // The host's own lines say nothing that the worker's do not, and its errors at start are told on stderr. Critical is a background service of the assembly that has ended it.
    private LogLevel Least(string category) => category switch
    {
        "Microsoft.Extensions.Hosting.Internal.Host" => verbose ? LogLevel.Warning : LogLevel.Critical,
        _ when category.StartsWith("Microsoft.", StringComparison.Ordinal) || category.StartsWith("System.", StringComparison.Ordinal) => verbose ? LogLevel.Information : LogLevel.Warning,
        _ => verbose ? LogLevel.Debug : LogLevel.Information,
    };

    private void Write(string line)
    {
        lock (_lock)
        {
            try
            {
                writer.WriteLine(line);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                // Nobody reads the log, or the disk is full: the work goes on.
            }
        }
    }

    private static string Text(LogLevel level, string message, Exception? exception)
    {
        string? problem = exception switch
        {
            null => null,
            NotDoneException => $": {Printable.Line(exception.Message)}",
            _ => $": {Printable.Lines(exception.ToString().ReplaceLineEndings("\n"))}",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {Word(level),-5} {Indented(message)}{problem}");
    }

    private string Json<TState>(LogLevel level, string category, EventId id, TState state, string message, Exception? exception)
    {
        using var buffer = new MemoryStream();
        using (var line = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            line.WriteStartObject();
            line.WriteString("time", TimeProvider.System.GetUtcNow());
            line.WriteString("level", Word(level));
            line.WriteString("category", category);
            line.WriteNumber("event", id.Id);
            line.WriteString("message", message);
            if (exception is not null)
                line.WriteString("exception", exception is NotDoneException ? exception.Message : exception.ToString());
            line.WriteStartObject("fields");
            HashSet<string> written = [];
            WriteFields(line, state, written);
            _scopes.ForEachScope(static (scope, to) => WriteFields(to.line, scope, to.written), (line, written));
            line.WriteEndObject();
            line.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void WriteFields(Utf8JsonWriter line, object? state, HashSet<string> written)
    {
        if (state is not IEnumerable<KeyValuePair<string, object?>> fields)
            return;
        foreach ((string name, object? value) in fields)
        {
            if (name != "{OriginalFormat}" && written.Add(name))
                line.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
        }
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "fatal",
    };

    private sealed class Of(WorkLog log, string category) : ILogger
    {
        private readonly LogLevel _least = log.Least(category);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => log._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= _least && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
                return;
            string message = formatter(state, exception);
            log.Write(log._json ? log.Json(logLevel, category, eventId, state, message, exception) : Text(logLevel, message, exception));
        }
    }

    // Lines after the first are indented, so that no text can pass for an event of its own.
    private static string Indented(string message) => Printable.Lines(message.ReplaceLineEndings("\n")).Replace("\n", "\n    ", StringComparison.Ordinal);
}
