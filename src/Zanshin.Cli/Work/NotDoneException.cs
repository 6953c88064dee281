namespace Zanshin.Cli.Work;

/// <summary>A target did not do its work, for a reason that one sentence says; where it was thrown says nothing more.</summary>
internal sealed class NotDoneException(string sentence, Exception? cause = null) : Exception(sentence, cause);
