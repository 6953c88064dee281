using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Zanshin.LocalQueue.Server.Storage;

/// <summary>Opens the data file and makes sure that it is ours alone, sound, and of a version we know. Every refusal is one sentence.</summary>
internal static class DataFile
{
    internal static SqliteConnection Open(string path, Durability durability, int? maxPageCount)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 1 }.ToString());
        try
        {
            connection.Open();
            var database = connection.Handle!;
            raw.sqlite3_busy_timeout(database, 0);
            // Exclusive: a second process is refused instead of corrupting what we hold in memory. The lock ends with the process.
            Execute(database, "PRAGMA locking_mode = EXCLUSIVE");
            Identify(database, path);
            Execute(database, "PRAGMA journal_mode = WAL");
            Execute(database, durability == Durability.Full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
            Execute(database, "PRAGMA wal_autocheckpoint = 4000");
            Execute(database, "PRAGMA cache_size = -32000");
            // Takes the lock now, not at the first write.
            Execute(database, "BEGIN IMMEDIATE; COMMIT");
            Prepare(database, Number(database, "PRAGMA user_version"));
            if (maxPageCount is { } pages) Execute(database, $"PRAGMA max_page_count = {pages}");
            return connection;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw Refusal(path, e);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    internal static LocalSqsException Refusal(string path, SqliteException e) => new(
        e.SqliteErrorCode switch
        {
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => $"The data file '{path}' is in use by another process: stop that one, or give this one another file.",
            raw.SQLITE_NOTADB => $"The file '{path}' is not a data file of the local queue: give another path.",
            raw.SQLITE_CORRUPT => $"The data file '{path}' is damaged ({e.Message}): restore it from a copy, or delete it to start empty.",
            raw.SQLITE_CANTOPEN or raw.SQLITE_PERM => $"The data file '{path}' cannot be opened or made: check that its directory exists and may be written to.",
            raw.SQLITE_READONLY => $"The data file '{path}' may not be written to: check its permissions.",
            raw.SQLITE_FULL => $"There is no room on the disk for the data file '{path}': make room.",
            _ => $"The data file '{path}' cannot be used: {e.Message}.",
        },
        e);

    internal static void Execute(sqlite3 database, string sql) => SqliteFault.Check(raw.sqlite3_exec(database, sql), database);

    private static void Identify(sqlite3 database, string path)
    {
        var application = Number(database, "PRAGMA application_id");
        var version = Number(database, "PRAGMA user_version");
        var isEmpty = Number(database, "SELECT count(*) FROM sqlite_master") == 0;
        if (application != Schema.ApplicationId && !(isEmpty && application == 0 && version == 0))
        {
            throw new LocalSqsException($"The file '{path}' is an SQLite database, but not one of the local queue: give another path.");
        }

        if (version > Schema.Version)
        {
            throw new LocalSqsException(
                $"The data file '{path}' was written by a newer version (schema {version}; this version knows {Schema.Version}): use that version, or another file.");
        }
    }

    private static void Prepare(sqlite3 database, long version)
    {
        if (version == 0) Create(database);
        for (; version > 0 && version < Schema.Version; version++)
            Execute(database, $"BEGIN IMMEDIATE; {Schema.Migrations[version - 1]}; PRAGMA user_version = {version + 1}; COMMIT");
    }

    private static void Create(sqlite3 database) =>
        Execute(database, $"BEGIN; {Schema.Create} PRAGMA application_id = {Schema.ApplicationId}; PRAGMA user_version = {Schema.Version}; COMMIT");

    private static long Number(sqlite3 database, string sql)
    {
        using var statement = new Statement(database, sql);
        var number = statement.Read() ? statement.Integer(0) : 0;
        statement.Reset();
        return number;
    }
}
