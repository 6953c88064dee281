namespace Zanshin.Simulation;

internal sealed class BrokenPromiseException(string promise) : Exception(promise);
