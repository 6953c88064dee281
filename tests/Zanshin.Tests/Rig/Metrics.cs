using System.Diagnostics.Metrics;

namespace Zanshin.Tests.Rig;

/// <summary>Listens to the meter of one bench, which has a meter factory of its own. What is observed is kept by instrument and tags.</summary>
internal sealed class Metrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new(); // guards both
    private readonly Dictionary<string, double> _last = [];
    private readonly List<(string Name, double Value, Dictionary<string, object?> Tags)> _written = [];

    public Metrics(IMeterFactory factory, Func<Instrument, bool>? which = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory) && which?.Invoke(instrument) != false)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Keep(i, value, tags));
        _listener.SetMeasurementEventCallback<int>((i, value, tags, _) => Keep(i, value, tags));
        _listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Keep(i, value, tags));
        _listener.Start();
    }

    /// <summary>The last value; tags other than the queue's name are added as <c>/value</c>.</summary>
    public double this[string name]
    {
        get
        {
            lock (_lock)
                return _last[name];
        }
    }

    /// <summary>What was written to an instrument as it happened.</summary>
    public IReadOnlyList<(double Value, Dictionary<string, object?> Tags)> Of(string name)
    {
        lock (_lock)
            return [.. _written.Where(w => w.Name == name).Select(static w => (w.Value, w.Tags))];
    }

    public Metrics Collect()
    {
        _listener.RecordObservableInstruments();
        return this;
    }

    public void Dispose() => _listener.Dispose();

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Dictionary<string, object?> all = new(tags.ToArray());
        lock (_lock)
        {
            _last[string.Join('/', all.Where(static t => t.Key.StartsWith("zanshin.", StringComparison.Ordinal)).Select(static t => t.Value).Prepend(instrument.Name))] = value;
            _written.Add((instrument.Name, value, all));
        }
    }
}
