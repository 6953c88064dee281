using System.CommandLine.Parsing;
using System.Globalization;

namespace Zanshin.Cli;

/// <summary>Reads option values, with complaints that name the option and what it takes.</summary>
internal static class Given
{
    public static Func<ArgumentResult, int> Number(string option, int from, int to) => given =>
    {
        string text = given.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= from && number <= to)
            return number;
        given.AddError(string.Create(CultureInfo.InvariantCulture, $"{option} is '{text}': give a whole number from {from:N0} to {to:N0}."));
        return default;
    };

    public static Func<ArgumentResult, TimeSpan> WholeSeconds(string option, TimeSpan from, TimeSpan to) => given =>
    {
        string text = given.Tokens[0].Value;
        if (Durations.TryRead(text, out TimeSpan time) && time >= from && time <= to && time.Ticks % TimeSpan.TicksPerSecond == 0)
            return time;
        given.AddError($"{option} is '{text}': give whole seconds from {Durations.Text(from)} to {Durations.Text(to)}, like 2s or 5m.");
        return default;
    };

    /// <summary>Whole seconds, as a plain number too.</summary>
    public static Func<ArgumentResult, TimeSpan?> Seconds(string option, TimeSpan from, TimeSpan to) => given =>
    {
        string text = given.Tokens[0].Value;
        string time = text.Length > 0 && text.All(char.IsAsciiDigit) ? $"{text}s" : text;
        if (Durations.TryRead(time, out TimeSpan read) && read >= from && read <= to && read.Ticks % TimeSpan.TicksPerSecond == 0)
            return read;
        given.AddError($"{option} is '{text}': give whole seconds from {(from == TimeSpan.Zero ? "0" : Durations.Text(from))} to {Durations.Text(to)}, like 30 or 5m.");
        return null;
    };

    public static Func<ArgumentResult, int> Process() => static given =>
    {
        string text = given.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id > 0)
            return id;
        given.AddError($"PID is '{text}': give a process's number, as 'ps aux' lists them.");
        return default;
    };

    public static Func<ArgumentResult, TimeSpan?> Time(string option, TimeSpan from, TimeSpan to) => given =>
    {
        string text = given.Tokens[0].Value;
        if (Durations.TryRead(text, out TimeSpan time) && time >= from && time <= to)
            return time;
        given.AddError($"{option} is '{text}': give a time from {Durations.Text(from)} to {Durations.Text(to)}, like 2s or 5m.");
        return null;
    };

    public static Func<ArgumentResult, string?> Account(string option) => given =>
    {
        string text = given.Tokens[0].Value;
        if (text.Length == 12 && text.All(char.IsAsciiDigit))
            return text;
        given.AddError($"{option} is '{text}': give the 12 digits of an account, like 123456789012.");
        return null;
    };

    public static Func<ArgumentResult, Uri?> Endpoint(string option) => given =>
    {
        string text = given.Tokens[0].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? endpoint) && endpoint.Scheme is "http" or "https")
            return endpoint;
        given.AddError($"{option} is '{text}': give the URL of an SQS, like http://127.0.0.1:9324 or https://sqs.eu-central-1.amazonaws.com.");
        return null;
    };
}
