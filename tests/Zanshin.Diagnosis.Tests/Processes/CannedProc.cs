using System.Globalization;

namespace Zanshin.Diagnosis.Tests.Processes;

/// <summary>A /proc of files, with one process, 100.</summary>
internal sealed class CannedProc : IDisposable
{
    public const int Process = 100;

    private readonly string _home;

    public CannedProc(double upTime = 1000)
    {
        Root = Directory.CreateTempSubdirectory("zanshin-proc-").FullName;
        _home = $"{Root}/{Process}";
        File.WriteAllText($"{Root}/uptime", string.Create(CultureInfo.InvariantCulture, $"{upTime:0.00} 1.0\n"));
        Directory.CreateDirectory($"{_home}/task");
        Directory.CreateDirectory($"{_home}/net");
        Directory.CreateDirectory($"{_home}/fd");
        File.WriteAllText($"{_home}/stat", Stat("worker", 0));
        File.WriteAllText($"{_home}/cmdline", "worker\0--fast\0");
        File.WriteAllText($"{_home}/status", "Name:\tworker\nVmRSS:\t    2048 kB\n");
    }

    public string Root { get; }

    public void Thread(int id, string name, double begunAt, string syscall)
    {
        Directory.CreateDirectory($"{_home}/task/{id}");
        File.WriteAllText($"{_home}/task/{id}/stat", Stat(name, begunAt));
        File.WriteAllText($"{_home}/task/{id}/syscall", syscall + "\n");
    }

    public void Descriptor(int fd, string link) => File.CreateSymbolicLink(string.Create(CultureInfo.InvariantCulture, $"{_home}/fd/{fd}"), link);

    public void Write(string file, string text) => File.WriteAllText($"{_home}/{file}", text);

    /// <summary>The process's memory, from its first address on.</summary>
    public void Memory(byte[] bytes) => File.WriteAllBytes($"{_home}/mem", bytes);

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static string Stat(string name, double begunAt) => string.Create(CultureInfo.InvariantCulture,
        $"1 ({name}) S 1 1 1 0 -1 4194304 100 0 0 0 7 3 0 0 20 0 12 0 {(long)(begunAt * 100)} 1000000 500 18446744073709551615\n");
}
