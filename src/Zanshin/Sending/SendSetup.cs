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
        SendBufferOptions buffer = setup.SendBuffer;
        if (buffer.Capacity is < 1 or > 1_000_000)
            yield return $"The send buffer's Capacity is {buffer.Capacity}: it must be between 1 and 1,000,000 messages.";
        if (buffer.CapacityBytes < SqsLimits.PayloadBytes)
            yield return $"The send buffer's CapacityBytes is {buffer.CapacityBytes:N0}: it must be 1 MiB or more, the size of a message.";
        if (buffer.Linger < TimeSpan.Zero || buffer.Linger > TimeSpan.FromSeconds(10))
            yield return $"The send buffer's Linger is {buffer.Linger}: it must be between 0 and 10 seconds.";
        if (buffer.TryFor <= TimeSpan.Zero || buffer.TryFor > TimeSpan.FromDays(1))
            yield return $"The send buffer's TryFor is {buffer.TryFor}: it must be over 0 and at most a day.";
        foreach (IGrouping<string, CarriedValue> same in setup.Carried.GroupBy(static c => c.Name).Where(static g => g.Count() > 1))
            yield return $"The ambient value '{same.Key}' is carried {same.Count()} times: keep one.";
    }
}
