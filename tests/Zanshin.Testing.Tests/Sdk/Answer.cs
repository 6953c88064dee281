namespace Zanshin.Testing.Tests.Sdk;

/// <summary>What the endpoint does: an HTTP answer after a time, or, with status 0, a broken connection.</summary>
internal sealed record Answer(TimeSpan After, int Status, string Json);
