using System.Diagnostics;
using Zanshin.Bench.Harness;

namespace Zanshin.Bench.LocalQueue;

/// <summary>The npm package <c>fauxqs</c>, an emulator in memory on Node, to compare with. It is installed below <c>artifacts</c>, where Node and npm are.</summary>
internal static class Fauxqs
{
    private const string Version = "1.9.2";
    private static readonly string Directory = Path.Combine(Places.Root, "artifacts", "bench", $"fauxqs-{Version}");

    // It listens on all addresses by itself; logging is off, so that it is not measured with it.
    private const string Loopback = """
        import net from "node:net";
        const listen = net.Server.prototype.listen;
        net.Server.prototype.listen = function (options, ...more) {
          return listen.call(this, typeof options === "object" ? { ...options, host: "127.0.0.1" } : { port: options, host: "127.0.0.1" }, ...more);
        };
        """;

    private const string Start = """
        import { startFauxqs } from "fauxqs";
        await startFauxqs({ port: Number(process.argv[2]), logger: false });
        """;

    /// <summary>Null where it cannot be had; then a line says why.</summary>
    public static async Task<Func<string, ProcessStartInfo>?> FindAsync()
    {
        if (OnPath("node") is not { } node || OnPath("npm") is not { } npm)
        {
            Console.Error.WriteLine("fauxqs is left out: node and npm are not on the PATH (nodejs.org).");
            return null;
        }
        string loopback = Path.Combine(Directory, "loopback.mjs"), start = Path.Combine(Directory, "start.mjs");
        System.IO.Directory.CreateDirectory(Directory);
        await File.WriteAllTextAsync(loopback, Loopback);
        await File.WriteAllTextAsync(start, Start);
        if (!System.IO.Directory.Exists(Path.Combine(Directory, "node_modules", "fauxqs")))
        {
            using Process install = Process.Start(npm, ["install", "--prefix", Directory, "--no-audit", "--no-fund", "--silent", $"fauxqs@{Version}"]);
            await install.WaitForExitAsync();
            if (install.ExitCode != 0)
            {
                Console.Error.WriteLine($"fauxqs is left out: npm cannot install fauxqs@{Version} here.");
                return null;
            }
        }
        return port => new ProcessStartInfo(node, ["--import", new Uri(loopback).AbsoluteUri, start, port]);
    }

    private static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);
}
