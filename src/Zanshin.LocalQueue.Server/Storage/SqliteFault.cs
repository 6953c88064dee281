using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Zanshin.LocalQueue.Server.Storage;

/// <summary>Turns SQLite's result codes into exceptions.</summary>
internal static class SqliteFault
{
    internal static void Check(int code, sqlite3 database)
    {
        if (code != raw.SQLITE_OK) Throw(code, database);
    }

    internal static void Throw(int code, sqlite3 database) =>
        throw new SqliteException(raw.sqlite3_errmsg(database).utf8_to_string(), code, raw.sqlite3_extended_errcode(database));
}
