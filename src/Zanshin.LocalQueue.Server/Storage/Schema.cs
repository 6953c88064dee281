namespace Zanshin.LocalQueue.Server.Storage;

/// <summary>The tables. Instants are UTC ticks.</summary>
internal static class Schema
{
    /// <summary>In <c>PRAGMA user_version</c>. A file with a higher one was written by a later version.</summary>
    internal const int Version = 3;

    /// <summary>In <c>PRAGMA application_id</c>: "ZNSH".</summary>
    internal const int ApplicationId = 0x5A4E5348;

    /// <summary>What brings a file of each version to the next one; the first is of version 1.</summary>
    internal static readonly string[] Migrations =
    [
        $"ALTER TABLE queue ADD COLUMN tags TEXT NOT NULL DEFAULT '{{}}'; {Moves}",
        $"""
        ALTER TABLE queue ADD COLUMN purged_key INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE message ADD COLUMN digest BLOB;
        DELETE FROM lease WHERE key NOT IN (SELECT key FROM message);
        {Damaged}
        """,
    ];

    // The columns of a message, whose bytes are no longer those that were sent.
    private const string Damaged = """
        CREATE TABLE damaged (
            key INTEGER PRIMARY KEY, queue INTEGER NOT NULL, id BLOB NOT NULL, body BLOB NOT NULL, attributes BLOB, trace TEXT,
            message_group TEXT, deduplication TEXT, source TEXT, sent INTEGER NOT NULL, retained INTEGER NOT NULL,
            visible INTEGER NOT NULL, receives INTEGER NOT NULL, first_received INTEGER NOT NULL, digest BLOB);
        """;

    private const string Moves = """
        CREATE TABLE move (
            handle TEXT PRIMARY KEY, queue INTEGER NOT NULL, source TEXT NOT NULL, destination TEXT, per_second INTEGER, status INTEGER NOT NULL,
            failure TEXT, moved INTEGER NOT NULL, to_move INTEGER NOT NULL, started INTEGER NOT NULL) WITHOUT ROWID;
        """;

    // What a sender gave is written once, into `message`; what changes with every receive is in `lease`, whose rows are small, so that
    // receiving a large message does not write it again. Keys rise for ever, so both tables grow at their end.
    internal const string Create = $$"""
        CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO meta VALUES ('epoch', 0);
        CREATE TABLE queue (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL, arn TEXT NOT NULL, tag INTEGER NOT NULL, created INTEGER NOT NULL,
            fifo INTEGER NOT NULL, modified INTEGER NOT NULL, purged INTEGER NOT NULL, attributes TEXT NOT NULL, tags TEXT NOT NULL DEFAULT '{}',
            purged_key INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE message (
            key INTEGER PRIMARY KEY, queue INTEGER NOT NULL, id BLOB NOT NULL, body BLOB NOT NULL, attributes BLOB, trace TEXT,
            message_group TEXT, deduplication TEXT, source TEXT, sent INTEGER NOT NULL, retained INTEGER NOT NULL,
            visible INTEGER NOT NULL, receives INTEGER NOT NULL, first_received INTEGER NOT NULL, digest BLOB);
        CREATE TABLE lease (
            key INTEGER PRIMARY KEY, visible INTEGER NOT NULL, number INTEGER NOT NULL, received INTEGER NOT NULL,
            first_received INTEGER NOT NULL, receives INTEGER NOT NULL, changed INTEGER NOT NULL);
        CREATE TABLE sent (
            queue INTEGER NOT NULL, id TEXT NOT NULL, key INTEGER NOT NULL, message BLOB NOT NULL, until INTEGER NOT NULL,
            PRIMARY KEY (queue, id)) WITHOUT ROWID;
        CREATE TABLE attempt (
            queue INTEGER NOT NULL, id TEXT NOT NULL, given BLOB NOT NULL, until INTEGER NOT NULL,
            PRIMARY KEY (queue, id)) WITHOUT ROWID;
        {{Moves}}
        {{Damaged}}
        """;
}
