using Microsoft.Data.Sqlite;
using SQLitePCL;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Server.Storage;

/// <summary>Writes journal entries into the tables. Used by one thread.</summary>
internal sealed class SqliteWriter : IDisposable
{
    private readonly sqlite3 _database;
    private readonly Leftovers _leftovers;
    private readonly List<Statement> _all = [];
    private readonly Statement _begin, _commit, _put, _lease, _deleteMessage, _deleteLease, _queue, _purged, _deleteQueue, _deleteSent,
        _deleteAttempts, _deleteMoves, _sent, _attempt, _move;

    internal SqliteWriter(sqlite3 database, Leftovers leftovers)
    {
        _database = database;
        _leftovers = leftovers;
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _put = Prepare("INSERT OR REPLACE INTO message VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
        _lease = Prepare("INSERT OR REPLACE INTO lease VALUES (?,?,?,?,?,?,?)");
        _deleteMessage = Prepare("DELETE FROM message WHERE key = ?");
        _deleteLease = Prepare("DELETE FROM lease WHERE key = ?");
        _queue = Prepare("INSERT INTO queue VALUES (?1,?2,?3,?4,?5,?6,?7,0,?8,?9,0) ON CONFLICT (id) DO UPDATE SET modified = ?7, attributes = ?8, tags = ?9");
        _purged = Prepare("UPDATE queue SET purged = ?, purged_key = ? WHERE id = ?");
        _deleteQueue = Prepare("DELETE FROM queue WHERE id = ?");
        _deleteSent = Prepare("DELETE FROM sent WHERE queue = ?");
        _deleteAttempts = Prepare("DELETE FROM attempt WHERE queue = ?");
        _deleteMoves = Prepare("DELETE FROM move WHERE queue = ?");
        _sent = Prepare("INSERT OR REPLACE INTO sent VALUES (?,?,?,?,?)");
        _attempt = Prepare("INSERT OR REPLACE INTO attempt VALUES (?,?,?,?)");
        _move = Prepare("INSERT OR REPLACE INTO move VALUES (?,?,?,?,?,?,?,?,?,?)");
    }

    /// <summary>Writes all entries, or, when it throws, none.</summary>
    internal void Write(List<JournalEntry> entries)
    {
        try
        {
            _begin.Run();
            foreach (ref readonly var entry in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(entries)) Write(in entry);
            _commit.Run();
            foreach (ref readonly var entry in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(entries)) _leftovers.Add(entry.Emptied);
        }
        catch
        {
            foreach (var statement in _all) statement.Reset();
            // A full disk may have rolled back already; then this says so and changes nothing.
            raw.sqlite3_exec(_database, "ROLLBACK");
            throw;
        }
    }

    /// <summary>
    /// Deletes some of the rows of purged and deleted queues: few enough that nobody waits for it. What is left at the end of the process is not loaded again.
    /// </summary>
    internal void CleanUp()
    {
        if (!_leftovers.Any) return;
        try
        {
            _begin.Run();
            foreach (var key in _leftovers.Take()) Delete(key, leased: true);
            _commit.Run();
        }
        catch (SqliteException)
        {
            foreach (var statement in _all) statement.Reset();
            raw.sqlite3_exec(_database, "ROLLBACK");
            // What was taken stays in the file until the next start.
        }
    }

    /// <summary>Lets go of ids that are remembered no longer.</summary>
    internal void Forget(long now)
    {
        DataFile.Execute(_database, $"DELETE FROM sent WHERE until <= {now}; DELETE FROM attempt WHERE until <= {now}");
        Keep(now);
    }

    /// <summary>Notes the time, so that the next run's clock does not begin before it.</summary>
    internal void Keep(long now) => DataFile.Execute(_database, $"INSERT OR REPLACE INTO meta VALUES ('clock', {now})");

    public void Dispose() => _all.ForEach(s => s.Dispose());

    private Statement Prepare(string sql)
    {
        var statement = new Statement(_database, sql);
        _all.Add(statement);
        return statement;
    }

    private void Write(in JournalEntry entry)
    {
        switch (entry.Kind)
        {
            case JournalKind.Put:
                Put(in entry, entry.Message!);
                break;
            case JournalKind.Lease:
                _lease.Bind(entry.Key).Bind(entry.VisibleAt).Bind(entry.ReceiveNumber).Bind(entry.ReceivedAt)
                    .Bind(entry.FirstReceivedAt).Bind(entry.ReceiveCount).Bind(entry.VisibilityChanged ? 1L : 0L).Run();
                break;
            case JournalKind.Delete:
                Delete(entry.Key, entry.ReceivedAt != 0);
                break;
            case JournalKind.Queue:
                var id = entry.Queue.Identity;
                _queue.Bind(id.Id).Bind(id.Name).Bind(id.Arn).Bind(id.Tag).Bind(id.CreatedAt).Bind(entry.Queue.Fifo ? 1L : 0L)
                    .Bind(entry.At).Bind(AttributeText.Of(entry.Settings!.Given)).Bind(AttributeText.Of(entry.Settings.Tags)).Run();
                break;
            case JournalKind.QueueDeleted:
                _deleteQueue.Bind(entry.Queue.Identity.Id).Run();
                _deleteSent.Bind(entry.Queue.Identity.Id).Run();
                _deleteAttempts.Bind(entry.Queue.Identity.Id).Run();
                _deleteMoves.Bind(entry.Queue.Identity.Id).Run();
                break;
            case JournalKind.Purge:
                _purged.Bind(entry.At).Bind(entry.Key).Bind(entry.Queue.Identity.Id).Run();
                _deleteSent.Bind(entry.Queue.Identity.Id).Run();
                _deleteAttempts.Bind(entry.Queue.Identity.Id).Run();
                break;
            case JournalKind.Deduplication:
                Span<byte> message = stackalloc byte[16];
                entry.Sent!.MessageId.TryWriteBytes(message);
                _sent.Bind(entry.Queue.Identity.Id).Bind(entry.Sent.Id).Bind(entry.Sent.Key).Bind(message).Bind(entry.Sent.Until).Run();
                break;
            case JournalKind.Move:
                Move(entry.Queue, entry.Task!);
                break;
            case JournalKind.Attempt:
                _attempt.Bind(entry.Queue.Identity.Id).Bind(entry.Attempt!.Id).Bind(Blobs.Of(entry.Attempt.Given)).Bind(entry.Attempt.Until).Run();
                break;
        }
    }

    private void Put(in JournalEntry entry, StoredMessage message)
    {
        // Moved from another queue: gone there and come here in one transaction.
        if (entry.Key != 0) Delete(entry.Key, leased: true);
        Span<byte> id = stackalloc byte[16];
        message.MessageId.TryWriteBytes(id);
        _put.Bind(message.Key).Bind(entry.Queue.Identity.Id).Bind(id).Bind(message.Body);
        if (message.Attributes.Length == 0) _put.BindNull();
        else _put.Bind(Blobs.Of(message.Attributes));
        _put.Bind(message.TraceHeader).Bind(message.GroupId).Bind(message.DeduplicationId).Bind(message.DeadLetterSourceArn)
            .Bind(message.SentAt).Bind(message.RetainedFrom).Bind(entry.VisibleAt).Bind(entry.ReceiveCount).Bind(entry.FirstReceivedAt)
            .Bind(Digest(message, stackalloc byte[2 * Md5Digest.Size])).Run();
    }

    /// <summary>What the bytes of the message are checked by when they are loaded.</summary>
    internal static Span<byte> Digest(StoredMessage message, Span<byte> bytes)
    {
        message.BodyMd5.Write(bytes);
        if (message.AttributesMd5 is not { } attributes) return bytes[..Md5Digest.Size];
        attributes.Write(bytes[Md5Digest.Size..]);
        return bytes;
    }

    private void Move(MessageQueue source, MoveTask task)
    {
        _move.Bind(task.Handle).Bind(source.Identity.Id).Bind(task.SourceArn).Bind(task.DestinationArn);
        if (task.MostPerSecond is { } most) _move.Bind((long)most);
        else _move.BindNull();
        _move.Bind((long)task.Status).Bind(task.FailureReason).Bind(task.Moved).Bind(task.ToMove).Bind(task.StartedAt).Run();
    }

    private void Delete(long key, bool leased)
    {
        _deleteMessage.Bind(key).Run();
        if (leased) _deleteLease.Bind(key).Run();
    }
}
