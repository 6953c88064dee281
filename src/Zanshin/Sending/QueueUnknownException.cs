namespace Zanshin.Sending;

/// <summary>SQS could not be asked for a queue that is to be sent to: it may be another time. The message is the sentence of <paramref name="problem"/>.</summary>
internal sealed class QueueUnknownException(ZanshinConfigurationException problem) : Exception(problem.Message, problem);
