using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;

namespace Zanshin.Tests.CallOuts;

/// <summary>
/// Asked in each call of application code: whether the thread holds one of the worker's locks, and whether the worker's status can be had from another thread meanwhile.
/// </summary>
internal sealed class Probe : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly BlockingCollection<(ZanshinWorker Worker, ManualResetEventSlim Answered)> _questions = [];
    private readonly Thread _asks;
    private readonly ConcurrentDictionary<string, int> _calls = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private Lock[] _locks = [];

    public Probe()
    {
        _asks = new Thread(Answer) { IsBackground = true, Name = "probe" };
        _asks.Start();
    }

    /// <summary>Null before there is one.</summary>
    public ZanshinWorker? Worker { get; set; }

    public int Calls(string callOut) => _calls.GetValueOrDefault(callOut);

    public IEnumerable<string> Wrong(string callOut) => _wrong.Where(w => w.StartsWith(callOut + ":", StringComparison.Ordinal)).Distinct();

    /// <summary>From here the locks of everything that belongs to these are known.</summary>
    public int FindLocks(params object[] roots)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Queue<object>(roots);
        List<Lock> locks = [];
        while (open.TryDequeue(out object? at))
        {
            if (!seen.Add(at))
                continue;
            foreach (object inside in Inside(at))
            {
                if (inside is Lock found)
                    locks.Add(found);
                else
                    open.Enqueue(inside);
            }
        }
        _locks = [.. locks.Distinct()];
        return _locks.Length;
    }

    public void Called(string callOut)
    {
        _calls.AddOrUpdate(callOut, 1, static (_, n) => n + 1);
        if (Array.Exists(_locks, static l => l.IsHeldByCurrentThread))
            _wrong.Enqueue($"{callOut}: under a lock\n{Environment.StackTrace}");
        if (Worker is not { } worker || Thread.CurrentThread == _asks)
            return;
        using var answered = new ManualResetEventSlim();
        _questions.Add((worker, answered));
        if (!answered.Wait(Patience))
            _wrong.Enqueue($"{callOut}: no status meanwhile\n{Environment.StackTrace}");
    }

    public void Dispose() => _questions.CompleteAdding();

    private void Answer()
    {
        foreach ((ZanshinWorker worker, ManualResetEventSlim answered) in _questions.GetConsumingEnumerable())
        {
            worker.GetStatus();
            worker.GetInFlight();
            try
            {
                answered.Set();
            }
            catch (ObjectDisposedException)
            {
                // Too late: noted by who asked.
            }
        }
    }

    // The worker's own objects and what collections have of them.
    private static IEnumerable<object> Inside(object at)
    {
        if (at is IEnumerable many and not string)
        {
            object?[] copy;
            try
            {
                copy = [.. many.Cast<object?>()];
            }
            catch (InvalidOperationException)
            {
                copy = [];
            }
            foreach (object? item in copy)
            {
                if (item is not null && (IsOurs(item.GetType()) || item.GetType().Name.StartsWith("KeyValuePair", StringComparison.Ordinal)))
                    yield return item;
            }
        }
        for (Type? type = at.GetType(); type is not null && type != typeof(object); type = type.BaseType)
        {
            foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (field.FieldType.IsPrimitive || field.FieldType.IsPointer || field.GetValue(at) is not { } value)
                    continue;
                if (value is Lock || IsOurs(value.GetType()) || (value is IEnumerable and not string && type.Assembly == typeof(ZanshinWorker).Assembly))
                    yield return value;
            }
        }
    }

    private static bool IsOurs(Type type) => !type.IsEnum && (type.Assembly == typeof(ZanshinWorker).Assembly || (type.IsArray && IsOurs(type.GetElementType()!)));
}
