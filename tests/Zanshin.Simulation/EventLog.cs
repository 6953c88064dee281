using System.Globalization;
using System.Text;
using Zanshin.Testing;

namespace Zanshin.Simulation;

/// <summary>Everything that happened, with its moment: equal to the byte when a seed is run again.</summary>
internal sealed class EventLog(VirtualTime time)
{
    private readonly StringBuilder _text = new();
    private readonly long _start = time.GetTimestamp();

    /// <summary>A run writes some hundred kilobytes; what writes so much more goes round in circles.</summary>
    private const int Most = 1 << 26;

    public void Add([System.Runtime.CompilerServices.InterpolatedStringHandlerArgument("")] Line what)
    {
        _text.Append('\n');
        if (_text.Length > Most)
            throw new BrokenPromiseException("far more happens than can be");
    }

    public string Tail(int lines) => string.Join('\n', _text.ToString().Split('\n').TakeLast(lines + 1));

    public override string ToString() => _text.ToString();

    /// <summary>Writes into the log without a string of its own.</summary>
    [System.Runtime.CompilerServices.InterpolatedStringHandler]
    public ref struct Line
    {
        private StringBuilder.AppendInterpolatedStringHandler _line;

        public Line(int literals, int holes, EventLog log)
        {
            log._text.Append(CultureInfo.InvariantCulture, $"{log.Now.TotalMilliseconds:0.000} ");
            _line = new(literals, holes, log._text, CultureInfo.InvariantCulture);
        }

        public void AppendLiteral(string text) => _line.AppendLiteral(text);

        public void AppendFormatted<T>(T value, string? format = null) => _line.AppendFormatted(value, format);
    }

    private TimeSpan Now => TimeSpan.FromTicks(time.GetTimestamp() - _start);
}
