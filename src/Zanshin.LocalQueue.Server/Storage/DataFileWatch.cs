using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Zanshin.LocalQueue.Server.Storage;

/// <summary>
/// Knows whether the data file is still where it was opened. One that somebody removes or replaces goes on to take what is written, and is gone with the process. Elsewhere than on Linux an open
/// file cannot be removed, or nobody can tell. Used by one thread.
/// </summary>
internal sealed class DataFileWatch : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle? _file;
    private readonly string _link = "";

    internal DataFileWatch(string path)
    {
        _path = path;
        if (!OperatingSystem.IsLinux()) return;
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        _link = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_file.DangerousGetHandle()}");
        Opened = Target();
    }

    private string? Opened { get; }

    /// <exception cref="IOException">It is not.</exception>
    internal void Check()
    {
        if (Opened is not null && Target() != Opened)
            throw new IOException($"The data file '{_path}' was removed or replaced while the queue works, so nothing can be kept: put it back where it was, or start anew.");
    }

    public void Dispose() => _file?.Dispose();

    private string? Target()
    {
        try
        {
            return File.ResolveLinkTarget(_link, returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
