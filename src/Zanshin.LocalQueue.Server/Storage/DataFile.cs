using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Zanshin.LocalQueue.Server.Storage;

/// <summary>Opens the data file and makes sure that it is ours alone, sound, and of a version we know. Every refusal is one sentence.</summary>
internal static class DataFile
{
    private const string InUse = "in-use";

    internal static SqliteConnection Open(string path, Durability durability, int? maxPageCount)
    {
        RefuseHalfACopy(path);
        var hadNoLog = !File.Exists(path + "-wal");
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 1 }.ToString());
        try
        {
            connection.Open();
            var database = connection.Handle!;
            raw.sqlite3_busy_timeout(database, 0);
            // Exclusive: a second process is refused instead of corrupting what we hold in memory. The lock ends with the process.
            Execute(database, "PRAGMA locking_mode = EXCLUSIVE");
            Identify(database, path, hadNoLog);
            // Takes effect in a file that is being made; in others it is so already, or a later VACUUM makes it so.
            Execute(database, "PRAGMA auto_vacuum = INCREMENTAL");
            Execute(database, "PRAGMA journal_mode = WAL");
            Execute(database, durability == Durability.Full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
            Execute(database, "PRAGMA wal_autocheckpoint = 4000");
            Execute(database, "PRAGMA cache_size = -32000");
            Execute(database, "PRAGMA journal_size_limit = 16777216");
            // Takes the lock now, not at the first write.
            Execute(database, "BEGIN IMMEDIATE; COMMIT");
            Prepare(database, Number(database, "PRAGMA user_version"));
            MarkInUse(database);
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

    /// <summary>Closes the file so that it is whole by itself.</summary>
    internal static void Close(SqliteConnection connection)
    {
        try
        {
            Execute(connection.Handle!, $"UPDATE meta SET value = 0 WHERE name = '{InUse}'; PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqliteException)
        {
            // On a full disk: it stays with its log, and is opened with it.
        }

        connection.Dispose();
    }

    // A file that is in use has its newest changes in its log: without it, what is opened is old, or empty.
    private static void RefuseHalfACopy(string path)
    {
        var log = new FileInfo(path + "-wal");
        if (!File.Exists(path) && log is { Exists: true, Length: > 0 })
            throw new LocalSqsException($"The data file '{path}' is missing, and its log '{log.Name}' is there: put both back from the same copy, or delete the log to start empty.");
    }

    private static void MarkInUse(sqlite3 database)
    {
        Execute(database, $"INSERT OR REPLACE INTO meta VALUES ('{InUse}', 1)");
        // Into the file itself: a copy of it alone says so too.
        Execute(database, "PRAGMA wal_checkpoint(TRUNCATE)");
    }

    internal static void Execute(sqlite3 database, string sql) => SqliteFault.Check(raw.sqlite3_exec(database, sql), database);

    private static void Identify(sqlite3 database, string path, bool hadNoLog)
    {
        var application = Number(database, "PRAGMA application_id");
        var version = Number(database, "PRAGMA user_version");
        var isEmpty = Number(database, "SELECT count(*) FROM sqlite_master") == 0;
        if (application != Schema.ApplicationId && !(isEmpty && application == 0 && version == 0))
        {
            throw new LocalSqsException($"The file '{path}' is an SQLite database, but not one of the local queue: give another path.");
        }

        if (version > 0 && hadNoLog && Number(database, $"SELECT coalesce((SELECT value FROM meta WHERE name = '{InUse}'), 0)") != 0)
        {
            throw new LocalSqsException(
                $"The data file '{path}' was copied while it was in use, without its log '{Path.GetFileName(path)}-wal', so it is old or empty: copy both, or stop the server first. To open it as it is, put an empty file of that name beside it.");
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
        var isOld = version is > 0 and < Schema.Version;
        for (; version > 0 && version < Schema.Version; version++)
            Execute(database, $"BEGIN IMMEDIATE; {Schema.Migrations[version - 1]}; PRAGMA user_version = {version + 1}; COMMIT");
        if (isOld) Renew(database);
    }

    // Once, so that from now on the file shrinks by itself.
    private static void Renew(sqlite3 database)
    {
        try
        {
            Execute(database, "VACUUM");
        }
        catch (SqliteException)
        {
            // There is no room for a second copy: it works on as it did.
        }
    }

    private static void Create(sqlite3 database) =>
        Execute(database, $"BEGIN; {Schema.Create} PRAGMA application_id = {Schema.ApplicationId}; PRAGMA user_version = {Schema.Version}; COMMIT");

    internal static long Number(sqlite3 database, string sql)
    {
        using var statement = new Statement(database, sql);
        var number = statement.Read() ? statement.Integer(0) : 0;
        statement.Reset();
        return number;
    }
}
