namespace Zanshin.Cli;

/// <summary>The command cannot go on. The message is one sentence for the user: what is wrong, where, and what to do.</summary>
internal sealed class Refusal(string sentence, Exception? cause = null) : Exception(sentence, cause);
