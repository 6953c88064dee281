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

    /// <summary>The entry's receipt handle is not valid any more.</summary>
    Refused,

    Unexpected,
}
