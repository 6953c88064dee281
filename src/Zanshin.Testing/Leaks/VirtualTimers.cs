using System.Diagnostics;
using Zanshin.Diagnosis;
using Zanshin.Diagnosis.Findings;
using Zanshin.Diagnosis.Scopes;

namespace Zanshin.Testing.Leaks;

/// <summary>Virtual timers in the ledger of their leak scope.</summary>
internal static class VirtualTimers
{
    /// <summary>Null where there is no scope, and under suppressed flow, which says that the timer is not the caller's.</summary>
    public static Begun? Begin()
    {
        if (LeakScope.Current is not { } scope || ExecutionContext.IsFlowSuppressed())
            return null;
        StackTrace? stack = scope.Stacks?.Take("virtual timer") == true ? new StackTrace(fNeedFileInfo: true) : null;
        return new Begun(BeginKind.Timer, "", scope, stack) { IsArmed = static () => true };
    }
}
