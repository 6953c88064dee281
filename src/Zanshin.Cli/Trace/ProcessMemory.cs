using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Diagnostics.Runtime;
using Microsoft.Win32.SafeHandles;

namespace Zanshin.Cli.Trace;

/// <summary>The memory of another process as it is at this moment; where there is no /proc, as the library reads it.</summary>
internal sealed class ProcessMemory : IDisposable
{
    private readonly IMemoryReader _library;
    private readonly SafeFileHandle? _file;

    /// <exception cref="IOException">It may not be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public ProcessMemory(int processId, IMemoryReader library)
    {
        _library = library;
        string path = $"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/mem";
        if (OperatingSystem.IsLinux())
            _file = File.OpenHandle(path);
    }

    public ulong Pointer(ulong address)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Read(address, bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public uint Word(ulong address)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Read(address, bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public void Dispose() => _file?.Dispose();

    private void Read(ulong address, Span<byte> bytes)
    {
        int read = _file is null ? _library.Read(address, bytes) : RandomAccess.Read(_file, bytes, (long)address);
        if (read < bytes.Length)
            throw new InvalidOperationException("its timers changed faster than they could be read");
    }
}
