namespace Zanshin.Simulation;

/// <summary>How a queue's handlers are set up.</summary>
internal enum HandlerKind
{
    /// <summary>One function for all messages.</summary>
    AnyFunction,

    /// <summary>One class for all messages, from the message's DI scope.</summary>
    AnyClass,

    /// <summary>A function and a class, by type name.</summary>
    ByName,

    /// <summary>One function for batches.</summary>
    BatchFunction,

    /// <summary>One class for batches, from the batch's DI scope.</summary>
    BatchClass,
}
