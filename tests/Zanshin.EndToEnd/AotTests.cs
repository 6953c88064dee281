namespace Zanshin.EndToEnd;

/// <summary>The worker as a native binary. Alone, after the others: compiling takes both cores for a while.</summary>
[Collection(nameof(Alone))]
public class AotTests
{
    [CollectionDefinition(nameof(Alone), DisableParallelization = true)]
    public sealed class Alone;

    [Fact]
    public async Task The_worker_runs_compiled_ahead_of_time_and_without_a_warning()
    {
        Assert.SkipUnless(
            (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(static d => File.Exists(Path.Combine(d, "gcc")) || File.Exists(Path.Combine(d, "clang"))),
            "There is no gcc or clang on the PATH: native AOT needs one to link.");
        string output = Path.Combine(Path.GetTempPath(), $"zanshin-aot-{Guid.NewGuid():N}");
        try
        {
            await using Child publish = Child.Start(
                "dotnet", ["publish", Path.Combine(Artifacts.Root, "tests", "Zanshin.AotCheck"), "-c", "Release", "-o", output, "-v", "q", "--nologo"]);
            await publish.ExitAsync(seconds: 600);
            Assert.True(publish.ExitCode == 0, publish.Describe());
            Assert.DoesNotContain("warning", publish.Out, StringComparison.OrdinalIgnoreCase);

            await using Child worker = Child.Start(Path.Combine(output, "Zanshin.AotCheck"), []);
            await worker.ExitAsync();
            Assert.True(worker.ExitCode == 0, worker.Describe());
            Assert.Contains("AOT works", worker.Out, StringComparison.Ordinal);
        }
        finally
        {
            if (Directory.Exists(output))
                Directory.Delete(output, recursive: true);
        }
    }
}
