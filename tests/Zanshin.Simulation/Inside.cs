using Zanshin.LocalQueue.Engine;

namespace Zanshin.Simulation;

/// <summary>One run of one message in one process, alone or in a batch, from the handler's first step to its last.</summary>
internal sealed class Inside(string process, int run, Known known, Message message)
{
    public string Process => process;

    /// <summary>Which run of all: the messages of a batch have one.</summary>
    public int Run => run;

    public Known Message => known;

    /// <summary>How long the worker believes the message to be its own.</summary>
    public TimeSpan Left => message.Lease.Left;

    /// <summary>Whether the handler has been told that it should end.</summary>
    public bool IsCancelled => message.Cancelled != CancelReason.None;

    /// <summary>Since when it has been seen without a lease; null while it has one.</summary>
    public long? WithoutLease { get; set; }

    /// <summary>The receipt that the worker believes to be the message's.</summary>
    public long Receipt => ReceiptHandle.TryParse(message.Lease.Handle, out ReceiptHandle handle) ? handle.ReceiveNumber : 0;

    /// <summary>The handler has returned; its lease is to hold until the delete is confirmed.</summary>
    public bool Ended { get; set; }

    public override string ToString() => $"{process}'s run of {known}";
}
