using System.Diagnostics.Tracing;
using Zanshin.Diagnosis.Findings;

namespace Zanshin.Diagnosis.Scopes;

/// <summary>Hears when a timer is armed. Costs each some 2 µs.</summary>
internal sealed class TimerEvents : BeginEvents
{
    private const int ThreadTransferSend = 150;
    private const int TimerTransfer = 1; // kind of a ThreadTransferSend

    private TimerEvents()
    {
    }

    public static Shared Listening { get; } = new(static () => CanHear ? new TimerEvents() : null);

    protected override string Source => "System.Diagnostics.Eventing.FrameworkEventSource";

    /// <summary>ThreadTransfer.</summary>
    protected override EventKeywords Keywords => (EventKeywords)0x10;

    protected override void Hear(int id, IReadOnlyList<object?> payload)
    {
        if (id != ThreadTransferSend || (int)payload[1]! != TimerTransfer || Belongs() is not { } scope)
            return;
        int timer = (int)(long)payload[0]!;
        if (!ScopeLedger.Knows(timer))
            ScopeLedger.Armed(timer, Begin(BeginKind.Timer, "", scope, (int)payload[4]!, (int)payload[5]!));
    }
}
