namespace Zanshin.Cli.Tests.Demo;

/// <summary>Tests that count this process's threads and timers run alone.</summary>
[CollectionDefinition("counts threads", DisableParallelization = true)]
public sealed class CountsThreads;
