using System.Globalization;
using System.Net;

namespace Zanshin.Diagnosis.Processes;

/// <summary>Who the sockets of a process talk to, by inode, from <c>/proc/PID/net</c>. Read when first asked, once.</summary>
internal sealed class Sockets(ProcFiles files)
{
    private const string Listening = "0A";

    private Dictionary<string, string>? _byInode;

    /// <summary>Like "tcp 127.0.0.1:9324"; null for a socket that is in no table.</summary>
    public string? Describe(string inode) => (_byInode ??= Read()).GetValueOrDefault(inode);

    private Dictionary<string, string> Read()
    {
        Dictionary<string, string> found = [];
        foreach (string table in (string[])["tcp", "tcp6", "udp", "udp6"])
        {
            foreach (string line in Lines($"net/{table}"))
            {
                string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length < 10 || Address(fields[1]) is not { } local || Address(fields[2]) is not { } remote)
                    continue;
                string kind = table[..3];
                found[fields[9]] = fields[3] == Listening && kind == "tcp" ? $"tcp listening on {local}" : remote.Port == 0 ? $"{kind} {local}" : $"{kind} to {remote}";
            }
        }
        foreach (string line in Lines("net/unix"))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length >= 7)
                found.TryAdd(fields[6], fields.Length > 7 ? $"unix {fields[7]}" : "unix socket");
        }
        return found;
    }

    private IEnumerable<string> Lines(string file) => files.Read(file)?.Split('\n').Skip(1) ?? [];

    /// <summary>"0100007F:2382": the address in groups of four bytes, each in the machine's order, and the port.</summary>
    internal static IPEndPoint? Address(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon is not (8 or 32) || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int port) || port > 65_535)
            return null;
        var bytes = new byte[colon / 2];
        for (int i = 0; i < colon; i += 8)
        {
            if (!uint.TryParse(text.AsSpan(i, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint group))
                return null;
            BitConverter.TryWriteBytes(bytes.AsSpan(i / 2), group);
        }
        var address = new IPAddress(bytes);
        return new(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port);
    }
}
