namespace Zanshin.Map.Tests;

/// <summary>The arrows between assemblies (docs/architecture.md, "The map").</summary>
public class AssemblyMapTests
{
    [Theory]
    [InlineData("Zanshin")]
    [InlineData("Zanshin.LocalQueue")]
    [InlineData("Zanshin.LocalQueue.Server", "Zanshin.LocalQueue")]
    [InlineData("Zanshin.Testing", "Zanshin", "Zanshin.LocalQueue", "Zanshin.Diagnosis", "Zanshin.Tracing")]
    [InlineData("Zanshin.Diagnosis")]
    [InlineData("Zanshin.Diagnosis.Hosting", "Zanshin.Diagnosis")]
    [InlineData("Zanshin.Tracing", "Zanshin.Diagnosis")]
    [InlineData("Zanshin.Cli", "Zanshin", "Zanshin.Diagnosis", "Zanshin.LocalQueue", "Zanshin.LocalQueue.Server", "Zanshin.Tracing")]
    public void An_assembly_references_only_those_the_map_allows(string assembly, params string[] allowed) =>
        Assert.Subset(
            allowed.ToHashSet(),
            AssemblyUses.Of(Built.Path(assembly)).References.Where(static r => r.StartsWith("Zanshin", StringComparison.OrdinalIgnoreCase)).ToHashSet());

    [Fact]
    public void The_local_queue_and_the_diagnosis_need_nothing_but_the_base_class_library() =>
        Assert.All(AssemblyUses.Of(Built.Path("Zanshin.LocalQueue")).References.Concat(AssemblyUses.Of(Built.Path("Zanshin.Diagnosis")).References), static r => Assert.StartsWith("System.", r, StringComparison.Ordinal));

    [Theory]
    [InlineData("System.CommandLine")]
    [InlineData("Spectre.Console")]
    public void Only_the_tool_knows_the_terminal(string package) => Assert.Equal(["Zanshin.Cli"], Who(package));

    [Theory]
    [InlineData("Microsoft.Data.Sqlite")]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel.Core")]
    public void Only_the_server_knows_files_and_sockets(string package) => Assert.Equal(["Zanshin.LocalQueue.Server"], Who(package));

    [Theory]
    [InlineData("Microsoft.Diagnostics.NETCore.Client")]
    [InlineData("Microsoft.Diagnostics.Tracing.TraceEvent")]
    public void Only_tracing_opens_sessions(string package) => Assert.Equal(["Zanshin.Tracing"], Who(package));

    [Fact]
    public void Only_the_worker_and_the_watch_as_a_service_know_health_checks() => Assert.Equal(["Zanshin", "Zanshin.Diagnosis.Hosting"], Who("Microsoft.Extensions.Diagnostics.HealthChecks"));

    [Fact]
    public void Only_the_tool_reads_other_processes_memory() => Assert.Equal(["Zanshin.Cli"], Who("Microsoft.Diagnostics.Runtime"));

    private static IEnumerable<string> Who(string references) =>
        new[] { "Zanshin", "Zanshin.LocalQueue", "Zanshin.LocalQueue.Server", "Zanshin.Testing", "Zanshin.Diagnosis.Hosting", "Zanshin.Tracing", "Zanshin.Cli" }
            .Where(a => AssemblyUses.Of(Built.Path(a)).References.Contains(references));
}
