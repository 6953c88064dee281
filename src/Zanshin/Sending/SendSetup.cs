namespace Zanshin.Sending;

/// <summary>What cannot work in the setup of the sending side.</summary>
internal static class SendSetup
{
    public static IEnumerable<string> Problems(ZanshinBuilder setup)
    {
        foreach (string problem in setup.SendMiddleware.Problems)
            yield return problem;
        foreach (Route route in setup.Routes)
        {
            foreach (string problem in route.Options?.SendMiddleware.Problems ?? [])
                yield return problem;
            if (route.Options is { CarriesLongDelays: true } && route.Queue.EndsWith(".fifo", StringComparison.Ordinal))
                yield return $"The route of {route.BodyType.Name} carries long delays to '{SendQueues.NameOf(route.Queue)}': a FIFO queue takes no delay for a message. Take CarryLongDelays from the route.";
        }
        foreach (IGrouping<string, CarriedValue> same in setup.Carried.GroupBy(static c => c.Name).Where(static g => g.Count() > 1))
            yield return $"The ambient value '{same.Key}' is carried {same.Count()} times: keep one.";
    }
}
