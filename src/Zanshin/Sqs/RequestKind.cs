namespace Zanshin.Sqs;

internal enum RequestKind
{
    Receive,
    Delete,
    ChangeVisibility,
    Send,

    /// <summary>A send of one message, not of a batch.</summary>
    SendOne,

    /// <summary>A look at what the queue says of itself.</summary>
    GetAttributes,
}
