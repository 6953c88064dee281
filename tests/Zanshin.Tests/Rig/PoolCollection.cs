namespace Zanshin.Tests.Rig;

/// <summary>Tests that look at the thread pool of the process: alone, after all others.</summary>
[CollectionDefinition("Pool", DisableParallelization = true)]
public static class PoolCollection;
