namespace Zanshin.Tests.Rig;

internal static class MessageReceipt
{
    /// <summary>The receipt handle, which handlers have no business with.</summary>
    public static string Receipt(this Message message) => message.Lease.Handle;
}
