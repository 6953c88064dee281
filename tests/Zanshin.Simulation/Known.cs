namespace Zanshin.Simulation;

/// <summary>One message: what the queue really holds of it, and what became of it.</summary>
internal sealed class Known(string id, long key, string body, PlannedQueue queue, string? group, bool unreadable)
{
    public string Id => id;

    public long Key => key;

    public string Body => body;

    public PlannedQueue Queue => queue;

    public string? Group => group;

    /// <summary>No handler has its type, or it cannot be read: it is rejected unrun.</summary>
    public bool Unreadable => unreadable;

    // What the queue says.

    /// <summary>UTC ticks of the queue's clock; in the past while the message is visible.</summary>
    public long VisibleAt { get; set; }

    /// <summary>Which receive holds it, or held it last.</summary>
    public long Receipt { get; set; }

    /// <summary>How often it was received.</summary>
    public int Receives { get; set; }

    /// <summary>No longer in its queue.</summary>
    public bool Gone { get; set; }

    // What became of it.

    /// <summary>A handler returned Done.</summary>
    public bool Done { get; set; }

    /// <summary>A handler rejected it.</summary>
    public bool Rejected { get; set; }

    /// <summary>In the dead-letter queue, by a reject.</summary>
    public bool Copied { get; set; }

    /// <summary>In the dead-letter queue, by the redrive policy.</summary>
    public bool DeadLettered { get; set; }

    /// <summary>Its last run asked for another.</summary>
    public bool ToBeRetried { get; set; }

    /// <summary>UTC ticks: it asked for that not to begin sooner.</summary>
    public long NotBefore { get; set; }

    public bool MayBeDeleted => Done || Copied || DeadLettered || ((Rejected || Unreadable) && Queue.RejectDeletes);

    /// <summary>Delivered twice on purpose.</summary>
    public bool ShownTwice { get; set; }

    public override string ToString() => $"{queue.Name}{(group is null ? "" : "/" + group)}/{id[..8]}";
}
