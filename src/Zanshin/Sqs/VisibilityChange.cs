namespace Zanshin.Sqs;

internal readonly record struct VisibilityChange(string Handle, int Seconds);
