using Microsoft.Data.Sqlite;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Server.Storage;

/// <summary>
/// Makes changes safe in groups: while one transaction is being written, the changes of all other calls gather for the next, and all
/// calls that wait for it are released together.
/// </summary>
/// <remarks>
/// One thread of its own writes, so that SQLite's waiting for the disk blocks no pool thread. It sleeps until somebody waits for a commit.
/// When a transaction fails, everyone who waited for it is told. Messages that were being sent are withdrawn, since their senders
/// will try again; the other changes have happened in memory, and are written with the next transaction.
/// </remarks>
internal sealed class SqliteJournal : IJournal, IAsyncDisposable
{
    private const long ForgetEveryTicks = TimeSpan.TicksPerMinute;

    /// <summary>Where nobody writes, the file is looked at so often.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    private readonly SqliteConnection _connection;
    private readonly SqliteWriter _writer;
    private readonly string _path;
    private readonly AutoResetEvent _wake = new(false);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // ---- used only by the writing thread ----
    private Func<long> _now = static () => 0;
    private readonly Leftovers _leftovers;
    private readonly DataFileWatch _watch;
    private readonly Shrinking _shrinking;
    private readonly Coalescing _coalescing = new();
    private List<JournalEntry> _writing = [];
    private long _forgotAt;

    // ---- guarded by _gate ----
    private readonly Lock _gate = new();
    private readonly List<JournalEntry> _pending = [];
    private List<JournalEntry> _unwritten = [];
    private long _appended;
    private long _committed;
    private long _taken;
    private long _failures;
    private TaskCompletionSource _current = NewGroup();
    private TaskCompletionSource _next = NewGroup();
    private bool _stopping;

    internal SqliteJournal(SqliteConnection connection, string path, Leftovers leftovers, DataFileWatch watch)
    {
        _connection = connection;
        _path = path;
        _leftovers = leftovers;
        _watch = watch;
        _writer = new(connection.Handle!, leftovers);
        _shrinking = new(connection.Handle!);
    }

    /// <summary>Starts the writing thread, which from then on owns the connection.</summary>
    /// <param name="now">The queues' clock.</param>
    internal void Start(Func<long> now)
    {
        _now = now;
        // The starter's execution context must not live on in the thread.
        new Thread(Loop) { IsBackground = true, Name = "zanshin-journal" }.UnsafeStart();
    }

    public long Appended => Volatile.Read(ref _appended);

    public void Append(in JournalEntry entry)
    {
        lock (_gate)
        {
            _pending.Add(entry);
            Volatile.Write(ref _appended, _appended + 1);
        }
    }

    public long Failures => Volatile.Read(ref _failures);

    public ValueTask Committed(long sequence, long failures)
    {
        // In this order: a commit that came after a failure must not hide it.
        var committed = Volatile.Read(ref _committed);
        if (Volatile.Read(ref _failures) != failures) return Failed();
        if (sequence <= committed) return ValueTask.CompletedTask;
        Task group;
        lock (_gate)
        {
            if (_failures != failures) return Failed();
            if (sequence <= _committed) return ValueTask.CompletedTask;
            if (sequence <= _taken) return new(_current.Task);
            group = _next.Task;
        }

        _wake.Set();
        return new(group);
    }

    private ValueTask Failed() => ValueTask.FromException(new JournalException($"A write to the data file '{_path}' has just failed: try again."));

    /// <summary>Writes what is left and ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate) _stopping = true;
        _wake.Set();
        await _ended.Task;
        _writer.Dispose();
        DataFile.Close(_connection);
        // Not before: closing it lets go of the locks that SQLite has on the file.
        _watch.Dispose();
        _wake.Dispose();
    }

    private void Loop()
    {
        var looks = true; // at the file, without a wait
        while (true)
        {
            // Whoever waits for a commit goes first; between two there is time for a little of what nobody waits for.
            var called = _wake.WaitOne(looks || _leftovers.Any || _shrinking.Goes ? TimeSpan.Zero : Idle);
            bool stopping;
            lock (_gate) stopping = _stopping;
            if (called) Commit();
            if (stopping) break;
            looks = _leftovers.Any;
            if (_leftovers.Any) _writer.CleanUp();
            else if (!called) _shrinking.Step();
        }

        KeepClock();
        _ended.SetResult();
    }

    private void Commit()
    {
        TaskCompletionSource group;
        lock (_gate)
        {
            // What an earlier transaction could not write goes first.
            (_writing, _unwritten) = (_unwritten, _writing);
            _writing.AddRange(_pending);
            _pending.Clear();
            _taken = _appended;
            group = _current = _next;
            _next = NewGroup();
        }

        try
        {
            _watch.Check();
            _coalescing.Apply(_writing);
            if (_writing.Count > 0) _writer.Write(_writing);
        }
        catch (Exception e)
        {
            Fail(group, e);
            return;
        }

        _writing.Clear();
        lock (_gate) Volatile.Write(ref _committed, _taken);
        group.SetResult();
        ForgetNowAndThen();
    }

    private void Fail(TaskCompletionSource group, Exception e)
    {
        var withdrawn = _writing.FindAll(w => w is { Kind: JournalKind.Put, Key: 0 });
        var keys = withdrawn.Select(w => w.Message!.Key).ToHashSet();
        _writing.RemoveAll(w => w switch
        {
            { Kind: JournalKind.Put } => w.Key == 0,
            { Kind: JournalKind.Deduplication } => keys.Contains(w.Sent!.Key),
            _ => false,
        });
        // Before the senders hear of it: a new attempt must not meet the deduplication id of the failed one.
        foreach (var entry in withdrawn) entry.Queue.Withdraw(entry.Message!);
        lock (_gate)
        {
            (_writing, _unwritten) = (_unwritten, _writing);
            // Nothing up to here is safe. Who asks for it from now on waits for the next transaction; who acted before is told, since
            // the next one succeeds without what was withdrawn.
            _taken = _committed;
            Volatile.Write(ref _failures, _failures + 1);
        }

        var reason = e is SqliteException sqlite ? DataFile.Refusal(_path, sqlite).Message : e.Message;
        group.SetException(new JournalException(reason, e));
        // Often nobody waits, and then it is no news.
        _ = group.Task.Exception;
    }

    private void ForgetNowAndThen()
    {
        var now = _now();
        if (now - _forgotAt < ForgetEveryTicks) return;
        _forgotAt = now;
        try
        {
            _writer.Forget(now);
        }
        catch (SqliteException)
        {
            // Housekeeping: what is too old is not loaded either. The next minute tries again.
        }
    }

    private void KeepClock()
    {
        try
        {
            _writer.Keep(_now());
        }
        catch (SqliteException)
        {
            // On a full disk: the last message's time is known anyway.
        }
    }

    private static TaskCompletionSource NewGroup() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
