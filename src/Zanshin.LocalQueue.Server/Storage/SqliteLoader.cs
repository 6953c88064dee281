using SQLitePCL;
using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Server.Storage;

/// <summary>Rebuilds the queues from the tables.</summary>
internal static class SqliteLoader
{
    /// <summary>More of a time in which no server ran does not count for the retention of messages. All shorter limits, of 12 hours and less, are over then.</summary>
    private const long LongestDown = 12 * TimeSpan.TicksPerHour;

    /// <summary>Begins a new epoch: from now on no key and no receive number of an earlier run can come again.</summary>
    internal static long NextEpoch(sqlite3 database)
    {
        DataFile.Execute(database, "UPDATE meta SET value = value + 1 WHERE name = 'epoch'");
        using var statement = new Statement(database, "SELECT value FROM meta WHERE name = 'epoch'");
        statement.Read();
        var epoch = statement.Integer(0);
        statement.Reset();
        return epoch;
    }

    /// <summary>The last instant of the earlier run that is known, in UTC ticks; 0 where there was none.</summary>
    internal static long LastInstant(sqlite3 database)
    {
        using var statement = new Statement(database, """
            SELECT max(coalesce((SELECT value FROM meta WHERE name = 'clock'), 0), coalesce((SELECT sent FROM message ORDER BY key DESC LIMIT 1), 0))
            """);
        statement.Read();
        var at = statement.Integer(0);
        statement.Reset();
        return at;
    }

    /// <param name="database">The data file.</param>
    /// <param name="engine">What it is loaded into.</param>
    /// <param name="wasAt">Its <see cref="LastInstant"/>.</param>
    /// <param name="leftovers">Gets the rows that a purge or the end of a queue has left behind.</param>
    /// <returns>What is to be told: messages that are damaged.</returns>
    internal static List<string> Load(sqlite3 database, SqsEngine engine, long wasAt, Leftovers leftovers)
    {
        var down = engine.Now - wasAt;
        // Nobody received meanwhile, and a clock that is days ahead at the start looks the same: nothing is lost by it.
        if (wasAt > 0 && down > LongestDown) DataFile.Execute(database, $"UPDATE message SET retained = retained + {down - LongestDown}");
        DataFile.Execute(database, $"""
            DELETE FROM move WHERE queue NOT IN (SELECT id FROM queue) OR handle NOT IN (
                SELECT handle FROM (SELECT handle, row_number() OVER (PARTITION BY queue ORDER BY started DESC) AS place FROM move) WHERE place <= {MoveTasks.Remembered})
            """);
        var purged = new Dictionary<long, long>();
        var queues = Queues(database, engine, purged);
        var messages = queues.Keys.ToDictionary(id => id, _ => new List<StoredMessage>());
        List<(long Key, long Bytes)> nobodys = [];
        List<(long Key, long Queue, Guid Id)> damaged = [];
        Messages(database, messages, purged, nobodys, damaged);
        leftovers.Add(nobodys);
        foreach (var (key, _, _) in damaged)
            DataFile.Execute(database, $"BEGIN; INSERT OR REPLACE INTO damaged SELECT * FROM message WHERE key = {key}; DELETE FROM message WHERE key = {key}; DELETE FROM lease WHERE key = {key}; COMMIT");
        var sent = Sent(database, engine.Now).ToLookup(e => e.Queue, e => e.Entry);
        var attempts = Attempts(database, engine.Now).ToLookup(e => e.Queue, e => e.Entry);
        foreach (var (id, queue) in queues) queue.Restore(messages[id], sent[id], attempts[id]);
        engine.Moves.Restore(Moves(database));
        return [.. damaged.GroupBy(d => d.Queue).Select(d => Told(queues[d.Key].Identity.Name, [.. d.Select(m => m.Id)]))];
    }

    private static string Told(string queue, List<Guid> ids) =>
        $"{ids.Count} messages of queue '{queue}' are damaged in the data file: their bytes are not those that were sent. They are not delivered, and kept in its table 'damaged'. The first: {string.Join(", ", ids.Take(5))}.";

    private static Dictionary<long, MessageQueue> Queues(sqlite3 database, SqsEngine engine, Dictionary<long, long> purged)
    {
        var queues = new Dictionary<long, MessageQueue>();
        using var rows = new Statement(database, "SELECT id, name, arn, tag, created, fifo, modified, purged, attributes, tags, purged_key FROM queue ORDER BY id");
        while (rows.Read())
        {
            var identity = new QueueIdentity(rows.Integer(0), rows.Text(1)!, rows.Text(2)!, rows.Integer(3), rows.Integer(4));
            var (settings, error) = QueueSettingsReader.Read(
                QueueSettingsReader.None(rows.Integer(5) != 0), AttributeText.Read(rows.Text(8)!), identity.Name, engine: null, identity.Region, creating: false);
            if (settings is null) throw new LocalSqsException($"The data file holds a queue '{identity.Name}' that cannot be read: {error!.Message}");
            purged.Add(identity.Id, rows.Integer(10));
            queues.Add(identity.Id, engine.Restore(identity, settings with { Tags = settings.Tags.SetItems(AttributeText.Read(rows.Text(9)!)) }, rows.Integer(6), rows.Integer(7)));
        }

        return queues;
    }

    private static void Messages(
        sqlite3 database, Dictionary<long, List<StoredMessage>> byQueue, Dictionary<long, long> purged, List<(long, long)> nobodys, List<(long, long, Guid)> damaged)
    {
        using var rows = new Statement(database, """
            SELECT m.key, m.queue, m.id, m.body, m.attributes, m.trace, m.message_group, m.deduplication, m.source, m.sent, m.retained,
                   coalesce(l.visible, m.visible), coalesce(l.number, 0), coalesce(l.received, 0),
                   coalesce(l.first_received, m.first_received), coalesce(l.receives, m.receives), coalesce(l.changed, 0), m.digest
            FROM message m LEFT JOIN lease l ON l.key = m.key ORDER BY m.key
            """);
        Span<byte> digest = stackalloc byte[2 * Md5Digest.Size];
        while (rows.Read())
        {
            // Of a queue that is gone, or from before its purge: the rows are deleted bit by bit, and not all were when the process ended.
            if (!byQueue.TryGetValue(rows.Integer(1), out var queue) || rows.Integer(0) <= purged[rows.Integer(1)])
            {
                nobodys.Add((rows.Integer(0), rows.Blob(3).Length));
                continue;
            }

            var body = rows.Blob(3).ToArray();
            if (Attributes(rows) is not { } attributes)
            {
                damaged.Add((rows.Integer(0), rows.Integer(1), new Guid(rows.Blob(2))));
                continue;
            }

            var message = new StoredMessage
            {
                Key = rows.Integer(0),
                MessageId = new Guid(rows.Blob(2)),
                Body = body,
                BodyMd5 = Md5Digest.Of(body),
                Attributes = attributes,
                AttributesMd5 = AttributeDigest.Of(attributes),
                TraceHeader = rows.Text(5),
                GroupId = rows.Text(6),
                DeduplicationId = rows.Text(7),
                DeadLetterSourceArn = rows.Text(8),
                SentAt = rows.Integer(9),
                RetainedFrom = rows.Integer(10),
                VisibleAt = rows.Integer(11),
                ReceiveNumber = rows.Integer(12),
                ReceivedAt = rows.Integer(13),
                FirstReceivedAt = rows.Integer(14),
                ReceiveCount = (int)rows.Integer(15),
                VisibilityChanged = rows.Integer(16) != 0,
            };
            // What an earlier version wrote has no digest.
            if (!rows.IsNull(17) && !rows.Blob(17).SequenceEqual(SqliteWriter.Digest(message, digest))) damaged.Add((message.Key, rows.Integer(1), message.MessageId));
            else queue.Add(message);
        }
    }

    private static MessageAttribute[]? Attributes(Statement rows)
    {
        if (rows.IsNull(4)) return [];
        try
        {
            return Blobs.Attributes(rows.Blob(4));
        }
        catch (Exception e) when (e is IOException or FormatException or ArgumentException or OverflowException)
        {
            return null;
        }
    }

    private static IEnumerable<MoveTask> Moves(sqlite3 database)
    {
        using var rows = new Statement(database, "SELECT handle, source, destination, per_second, status, failure, moved, to_move, started FROM move");
        while (rows.Read())
        {
            yield return new()
            {
                Handle = rows.Text(0)!,
                SourceArn = rows.Text(1)!,
                DestinationArn = rows.Text(2),
                MostPerSecond = rows.IsNull(3) ? null : (int)rows.Integer(3),
                Status = (MoveStatus)rows.Integer(4),
                FailureReason = rows.Text(5),
                Moved = rows.Integer(6),
                ToMove = rows.Integer(7),
                StartedAt = rows.Integer(8),
            };
        }
    }

    private static IEnumerable<(long Queue, SentEntry Entry)> Sent(sqlite3 database, long now)
    {
        using var rows = new Statement(database, "SELECT queue, id, key, message, until FROM sent WHERE until > ?").Bind(now);
        while (rows.Read()) yield return (rows.Integer(0), new(rows.Text(1)!, rows.Integer(2), new Guid(rows.Blob(3)), rows.Integer(4)));
    }

    private static IEnumerable<(long Queue, AttemptEntry Entry)> Attempts(sqlite3 database, long now)
    {
        using var rows = new Statement(database, "SELECT queue, id, given, until FROM attempt WHERE until > ?").Bind(now);
        while (rows.Read()) yield return (rows.Integer(0), new(rows.Text(1)!, Blobs.Given(rows.Blob(2)), rows.Integer(3)));
    }
}
