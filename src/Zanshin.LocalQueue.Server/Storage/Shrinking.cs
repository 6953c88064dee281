using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Zanshin.LocalQueue.Server.Storage;

/// <summary>Gives the disk back what deleted messages have left in the file, a little at a time. Used by one thread.</summary>
internal sealed class Shrinking(sqlite3 database)
{
    private const int PagesAtOnce = 256; // 1 MiB

    /// <summary>So much may stay free, and a quarter of the file: it is used again before the file grows.</summary>
    private const long Spare = 4 * PagesAtOnce;

    private const int Part = 4;

    private long _free = -1; // pages before the last step

    /// <summary>There is more to do, and nobody is to be waited for.</summary>
    internal bool Goes { get; private set; }

    internal void Step()
    {
        try
        {
            var free = DataFile.Number(database, "PRAGMA freelist_count");
            var left = free > Spare && free != _free && (Goes || free * Part > DataFile.Number(database, "PRAGMA page_count"));
            // What helps nothing is not done for ever.
            _free = left ? free : -1;
            if (left) DataFile.Execute(database, $"PRAGMA incremental_vacuum({PagesAtOnce})");
            // The pages are cut off where the log is written back.
            else if (Goes) DataFile.Execute(database, "PRAGMA wal_checkpoint(TRUNCATE)");
            Goes = left;
        }
        catch (SqliteException)
        {
            // Housekeeping, on a full disk: later again.
            Goes = false;
        }
    }
}
