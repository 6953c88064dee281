namespace Zanshin.Sqs;

internal enum SqsFailureKind
{
    /// <summary>The network, a reset, or the call's time limit: the call may have had its effect.</summary>
    NoAnswer,

    Throttled,

    /// <summary>SQS failed or answered with something else.</summary>
    Server,

    Credentials,

    NoQueue,

    /// <summary>SQS refuses what was asked, for good: most often the receipt handle is not valid any more. Of a batch as a whole it says nothing about the single entries.</summary>
    Refused,

    Unexpected,
}
