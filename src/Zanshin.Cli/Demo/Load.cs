using Zanshin.Cli.Demo.Webhooks;

namespace Zanshin.Cli.Demo;

/// <summary>What the demo sends, and the typed handlers that work it.</summary>
internal abstract class Load(int count)
{
    public int Count => count;

    /// <summary>Whether a look at single messages is worth showing.</summary>
    public virtual bool HasExamples => false;

    /// <exception cref="Refusal">The messages file cannot be used.</exception>
    public static Load From(DemoOptions options) => options.Messages is null
        ? new NumberedLoad(options.Count ?? DemoOptions.DefaultCount)
        : WebhookLoad.Read(options.Messages, options.Count);

    public abstract IEnumerable<Letter> Letters(int howMany);

    public abstract void Handle(QueueBuilder queue, Work work);
}
