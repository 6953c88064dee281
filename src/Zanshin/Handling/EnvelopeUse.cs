namespace Zanshin.Handling;

/// <summary>How a body's type takes a body that came in an envelope.</summary>
internal enum EnvelopeUse
{
    /// <summary>It reads what only the envelope has.</summary>
    Meant,

    /// <summary>The envelope has all that it reads, by names that others have too.</summary>
    Possible,

    /// <summary>It wants something that the envelope does not have.</summary>
    Foreign,
}
