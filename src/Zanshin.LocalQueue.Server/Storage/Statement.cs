using SQLitePCL;

namespace Zanshin.LocalQueue.Server.Storage;

/// <summary>
/// A prepared statement, used over and over by the thread that owns the connection. It goes to SQLite directly: a command object would box
/// every number, and these run tens of thousands of times a second.
/// </summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private int _next;

    internal Statement(sqlite3 database, string sql)
    {
        _database = database;
        SqliteFault.Check(raw.sqlite3_prepare_v2(database, sql, out _statement), database);
    }

    internal Statement Bind(long value)
    {
        SqliteFault.Check(raw.sqlite3_bind_int64(_statement, ++_next, value), _database);
        return this;
    }

    internal Statement Bind(string? text)
    {
        var code = text is null ? raw.sqlite3_bind_null(_statement, ++_next) : raw.sqlite3_bind_text(_statement, ++_next, text);
        SqliteFault.Check(code, _database);
        return this;
    }

    internal Statement Bind(ReadOnlySpan<byte> bytes)
    {
        SqliteFault.Check(raw.sqlite3_bind_blob(_statement, ++_next, bytes), _database);
        return this;
    }

    internal Statement BindNull()
    {
        SqliteFault.Check(raw.sqlite3_bind_null(_statement, ++_next), _database);
        return this;
    }

    /// <summary>Runs a statement that answers no rows, and makes it ready for the next time.</summary>
    internal void Run()
    {
        var code = raw.sqlite3_step(_statement);
        raw.sqlite3_reset(_statement);
        _next = 0;
        if (code != raw.SQLITE_DONE && code != raw.SQLITE_ROW) SqliteFault.Throw(code, _database);
    }

    /// <summary>Steps to the next row.</summary>
    internal bool Read()
    {
        var code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW) return true;
        raw.sqlite3_reset(_statement);
        _next = 0;
        if (code != raw.SQLITE_DONE) SqliteFault.Throw(code, _database);
        return false;
    }

    internal bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    internal long Integer(int column) => raw.sqlite3_column_int64(_statement, column);

    internal string? Text(int column) => IsNull(column) ? null : raw.sqlite3_column_text(_statement, column).utf8_to_string();

    internal ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_statement, column);

    /// <summary>After a failed run: forgets what was bound.</summary>
    internal void Reset()
    {
        raw.sqlite3_reset(_statement);
        _next = 0;
    }

    public void Dispose() => _statement.Dispose();
}
