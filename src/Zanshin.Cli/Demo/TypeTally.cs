namespace Zanshin.Cli.Demo;

/// <summary>The distinct messages of one type, and what one of them was about.</summary>
internal readonly record struct TypeTally(int Count, string Example);
