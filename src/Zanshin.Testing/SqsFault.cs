using Zanshin.LocalQueue.Actions;
using Zanshin.Testing.Faults;

namespace Zanshin.Testing;

/// <summary>A rule of <see cref="SqsFaults"/> that is in force until it is disposed. Thread-safe.</summary>
public sealed class SqsFault : IDisposable
{
    private readonly SqsFaults _faults;
    private readonly Terms _terms;
    private readonly Func<SqsRequest, Fate?> _aim;

    // Under the lock of _faults
    private int _passed;
    private volatile int _strikes;

    internal SqsFault(SqsFaults faults, Terms terms, Func<SqsRequest, Fate?> aim) => (_faults, _terms, _aim) = (faults, terms, aim);

    /// <summary>How many calls it has struck, also when it has been taken out: what a test asserts, so as not to pass where its fault never happened.</summary>
    public int Strikes => _strikes;

    /// <summary>Takes the rule out. Calls that were struck before keep their fate.</summary>
    public void Dispose() => _faults.Remove(this);

    /// <summary>What becomes of a call; null if this rule does not strike it.</summary>
    internal Fate? Strike(SqsCall call, SqsRequest request)
    {
        if (_strikes == _terms.Times || !_terms.Cover(call) || _aim(request) is not { } fate)
            return null;
        if (_passed < _terms.After)
        {
            _passed++;
            return null;
        }
        _strikes++;
        return fate;
    }
}
