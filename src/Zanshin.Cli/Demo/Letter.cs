namespace Zanshin.Cli.Demo;

/// <summary>A message to be sent: its type name and its body.</summary>
internal sealed record Letter(string Type, string Body)
{
    /// <summary>The body goes as it is; the type name goes with the options of each send.</summary>
    public static BodyReader<Letter> AsIs { get; } = new Text();

    private sealed class Text : BodyReader<Letter>
    {
        public override Letter Read(Message message) => new(message.Type ?? "", message.Text);

        public override string Write(Letter body) => body.Body;
    }
}
