using System.Globalization;
using Microsoft.Diagnostics.Tracing;
using Zanshin.Diagnosis.Findings;
using Zanshin.Tracing.Sessions;

namespace Zanshin.Tracing.Begins;

/// <summary>Reads the events of a session into the ledger.</summary>
internal sealed class BeginEvents(BeginLedger ledger, string messageSource)
{
    private const int ThreadCreating = 70;
    private const int ThreadRunning = 71;
    private const int OperationBegin = 14;
    private const int OperationEnd = 15;
    private const int ThreadTransferSend = 150;
    private const int TimerTransfer = 1; // kind of a ThreadTransferSend
    private const string Async = "Async: ";

    private readonly Guid _messages = Providers.IdOf(messageSource);
    private readonly bool _ours = messageSource == Providers.Zanshin;

    public void Read(TraceEvent from)
    {
        if (from.ProviderGuid == Providers.Runtime)
            Thread(from);
        else if (from.ProviderGuid == Providers.Tasks)
            Operation(from);
        else if (Providers.IsFramework(from.ProviderGuid))
            Timer(from);
        else if (from.ProviderGuid == _messages)
            Message(from);
    }

    private void Thread(TraceEvent from)
    {
        if ((int)from.ID == ThreadCreating)
            Began(BeginKind.Thread, Payload.Of(from).Int64(), "", from);
        else if ((int)from.ID == ThreadRunning)
            ledger.Runs(Payload.Of(from).Int64(), from.ThreadID, from.TimeStampRelativeMSec);
    }

    private void Operation(TraceEvent from)
    {
        Payload payload = Payload.Of(from);
        if ((int)from.ID == OperationBegin)
        {
            int task = payload.Int32();
            string name = payload.Text();
            bool isAsync = name.StartsWith(Async, StringComparison.Ordinal);
            Began(isAsync ? BeginKind.Async : BeginKind.Task, task, isAsync ? name[Async.Length..] : name, from);
        }
        else if ((int)from.ID == OperationEnd)
        {
            int task = payload.Int32();
            ledger.Ended(BeginKind.Async, task, from.TimeStampRelativeMSec);
            ledger.Ended(BeginKind.Task, task, from.TimeStampRelativeMSec);
        }
    }

    private void Timer(TraceEvent from)
    {
        if ((int)from.ID != ThreadTransferSend)
            return;
        Payload payload = Payload.Of(from);
        long hash = payload.Int64();
        int kind = payload.Int32();
        payload.Text(); // info, empty
        payload.Int32(); // whether it fires again
        if (kind == TimerTransfer)
            ledger.Began(BeginKind.Timer, hash, "", RawStack.Of(from), from.ActivityID, from.TimeStampRelativeMSec, Times(payload.Int32(), payload.Int32()));
    }

    private void Message(TraceEvent from)
    {
        if (from.Opcode == TraceEventOpcode.Start)
        {
            string? id = null;
            if (_ours)
            {
                Payload payload = Payload.Of(from);
                payload.Text(); // queue
                id = payload.Text();
            }
            ledger.MessageBegan(from.ActivityID, id, from.TimeStampRelativeMSec);
        }
        else if (from.Opcode == TraceEventOpcode.Stop)
        {
            ledger.MessageEnded(from.ActivityID, from.TimeStampRelativeMSec);
        }
    }

    private static string Times(int due, int period) => period > 0
        ? string.Create(CultureInfo.InvariantCulture, $" (due {due:N0} ms, period {period:N0} ms)")
        : string.Create(CultureInfo.InvariantCulture, $" (due {due:N0} ms)");

    private void Began(BeginKind kind, long key, string what, TraceEvent from) =>
        ledger.Began(kind, key, what, RawStack.Of(from), from.ActivityID, from.TimeStampRelativeMSec);
}
