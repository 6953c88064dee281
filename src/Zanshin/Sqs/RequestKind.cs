namespace Zanshin.Sqs;

internal enum RequestKind
{
    Receive,
    Delete,
    ChangeVisibility,
    Send,
}
