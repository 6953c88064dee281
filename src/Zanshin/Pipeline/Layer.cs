namespace Zanshin.Pipeline;

/// <summary>One middleware, resolved for each run from its DI scope.</summary>
internal readonly record struct Layer<T>(string Name, Func<IServiceProvider, T> Resolve);
