namespace Zanshin.Testing.Faults;

/// <summary>Which calls a rule strikes.</summary>
/// <param name="Action">Null for all.</param>
/// <param name="Queue">Null for all, those that name none included.</param>
internal sealed record Terms(string? Action, string? Queue)
{
    public int After { get; init; }

    public int Times { get; init; } = int.MaxValue;

    public Func<SqsCall, bool> When { get; init; } = static _ => true;

    public bool Name(string action, string? queue) => (Action is null || Action == action) && (Queue is null || Queue == queue);

    public bool Cover(SqsCall call) => Name(call.Action, call.Queue) && When(call);
}
