namespace Zanshin.LocalQueue.Server;

/// <summary>What an acknowledged change survives. Only matters with a data file.</summary>
public enum Durability
{
    /// <summary>The end of the process, however it ends (<c>kill -9</c>). After a power failure the last moments may be missing.</summary>
    Normal,

    /// <summary>A power failure too: every commit waits for the disk.</summary>
    Full,
}
