namespace Zanshin.Sending;

internal static class Routes
{
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static Route<T> Of<T>(ZanshinBuilder setup) =>
        (Route<T>?)setup.Routes.Find(static r => r.BodyType == typeof(T))
        ?? throw new InvalidOperationException($"There is no route for {typeof(T).Name}: add z.Route<{typeof(T).Name}>(\"queue\", \"type\", body) to AddZanshin.");
}
