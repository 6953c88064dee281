using System.Text;
using Zanshin.Testing;

namespace Zanshin.Simulation;

/// <summary>Everything that happened, with its moment: equal to the byte when a seed is run again.</summary>
internal sealed class EventLog(VirtualTime time)
{
    private readonly StringBuilder _text = new();
    private readonly DateTimeOffset _start = time.GetUtcNow();

    public void Add(string what) => _text.Append((time.GetUtcNow() - _start).TotalMilliseconds.ToString("0.000")).Append(' ').Append(what).Append('\n');

    public string Tail(int lines) => string.Join('\n', _text.ToString().Split('\n').TakeLast(lines));

    public override string ToString() => _text.ToString();
}
