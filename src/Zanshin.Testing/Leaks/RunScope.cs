using Zanshin.Diagnosis;
using Zanshin.Diagnosis.Scopes;

namespace Zanshin.Testing.Leaks;

/// <summary>
/// A run of virtual time within its caller's leak scope, if there is one. When the run fails, what it began is abandoned with it: the
/// failure says so, and it is not reported again as left behind.
/// </summary>
internal ref struct RunScope
{
    private LeakScope? _scope;

    public static RunScope Begin() => new() { _scope = LeakScope.Current is { } caller ? LeakScope.BeginUnder(caller, caller.Id, caller.Stacks) : null };

    /// <summary>What it began is the caller's to end.</summary>
    public void Succeeded()
    {
        _scope?.Dispose();
        _scope = null;
    }

    public void Dispose()
    {
        if (_scope is not { } abandoned)
            return;
        abandoned.IsAbandoned = true;
        abandoned.Dispose();
        ScopeLedger.Forget(b => b.Scope.IsWithin(abandoned));
    }
}
