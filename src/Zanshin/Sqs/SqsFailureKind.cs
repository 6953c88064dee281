namespace Zanshin.Sqs;

internal enum SqsFailureKind
{
    /// <summary>The network, a reset, or the call's time limit: the call may have had its effect.</summary>
    NoAnswer,

    Throttled,

    /// <summary>SQS failed or answered with something else.</summary>
    Server,

    Credentials,

    /// <summary>The signature's time is refused. The SDK signs the next call by the server's clock.</summary>
    Clock,

    /// <summary>What answered is no SQS: a proxy, a gateway, a login page.</summary>
    NotSqs,

    NoQueue,

    /// <summary>SQS refuses what was asked, for good: most often the receipt handle is not valid any more. Of a batch as a whole it says nothing about the single entries.</summary>
    Refused,

    /// <summary>The SQS client was disposed of while the worker used it: no call of it will work again.</summary>
    ClientDisposed,

    Unexpected,
}
