namespace Zanshin.LocalQueue.Engine;

internal enum RedrivePermission
{
    AllowAll,
    DenyAll,
    ByQueue,
}
