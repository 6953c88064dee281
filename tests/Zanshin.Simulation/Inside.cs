using Zanshin.LocalQueue.Engine;

namespace Zanshin.Simulation;

/// <summary>One run of one message in one process, from the handler's first step to its last.</summary>
internal sealed class Inside(string process, Known message, Lease lease)
{
    public string Process => process;

    public Known Message => message;

    /// <summary>How long the worker believes the message to be its own.</summary>
    public TimeSpan Left => lease.Left;

    /// <summary>The receipt that the worker believes to be the message's.</summary>
    public long Receipt => ReceiptHandle.TryParse(lease.Handle, out ReceiptHandle handle) ? handle.ReceiveNumber : 0;

    /// <summary>The handler has returned; its lease is to hold until the delete is confirmed.</summary>
    public bool Ended { get; set; }

    public override string ToString() => $"{process}'s run of {message}";
}
