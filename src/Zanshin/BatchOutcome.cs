namespace Zanshin;

/// <summary>
/// What became of a batch: one outcome for all its messages, and others for single ones of them. An <see cref="Outcome"/> is
/// one for all. Not thread-safe.
/// </summary>
/// <example><code>
/// var outcome = new BatchOutcome();              // all done, but for:
/// outcome[failed] = Outcome.Retry();
/// return outcome;
/// </code></example>
public sealed class BatchOutcome
{
    private readonly Dictionary<string, Outcome> _named = [];

    /// <summary>All are <see cref="Outcome.Done"/> that are not named.</summary>
    public BatchOutcome()
    {
    }

    /// <param name="others">The outcome of every message that is not named.</param>
    public BatchOutcome(Outcome others) => Others = others;

    /// <summary>The outcome of every message that is not named.</summary>
    public Outcome Others { get; }

    /// <summary>The outcome of one message of the batch.</summary>
    public Outcome this[Message message]
    {
        get => Of(message.Id);
        set => _named[message.Id] = value;
    }

    public static implicit operator BatchOutcome(Outcome all) => new(all);

    internal Outcome Of(string id) => _named.GetValueOrDefault(id, Others);

    internal bool NamesOthers(IEnumerable<string> batch) => _named.Count > 0 && _named.Keys.Except(batch).Any();
}
