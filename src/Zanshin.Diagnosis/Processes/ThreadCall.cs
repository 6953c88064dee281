using System.Globalization;

namespace Zanshin.Diagnosis.Processes;

/// <summary>What <c>/proc/PID/task/TID/syscall</c> says: the system call that a thread is in, with its arguments.</summary>
/// <param name="Number">-1 where it is blocked outside of one; null where it runs.</param>
internal sealed record ThreadCall(int? Number, ulong[] Arguments)
{
    /// <summary>Null for a text that is none.</summary>
    public static ThreadCall? Parse(string text)
    {
        string[] fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (fields is ["running"])
            return new(null, []);
        if (fields.Length < 1 || !int.TryParse(fields[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out int number))
            return null;
        var arguments = new ulong[6];
        for (int i = 0; i < 6 && number >= 0; i++)
        {
            if (fields.Length < 7 || !fields[i + 1].StartsWith("0x", StringComparison.Ordinal)
                || !ulong.TryParse(fields[i + 1].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out arguments[i]))
                return null;
        }
        return new(number, arguments);
    }
}
