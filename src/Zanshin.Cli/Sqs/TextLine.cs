namespace Zanshin.Cli.Sqs;

/// <param name="Ended">It has a line end: a last line without one may be cut off.</param>
internal readonly record struct TextLine(int Number, string Text, bool Ended);
