namespace Zanshin.Simulation;

/// <summary>Handlers throw it because it was drawn.</summary>
internal class DrawnException() : Exception("drawn");

/// <summary>The one that some queues reject for.</summary>
internal sealed class HopelessException : DrawnException;
