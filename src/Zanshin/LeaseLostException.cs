namespace Zanshin;

/// <summary>The message's visibility timeout ran out or was ended by SQS: another receiver may have it by now.</summary>
public sealed class LeaseLostException(string message) : Exception(message);
