namespace Zanshin.Pipeline;

/// <summary>
/// Gives a message's ambient values back, outermost of all middleware. Asynchronous, so that what is set in an AsyncLocal ends with the message.
/// </summary>
internal sealed class RestoreAmbient(IReadOnlyList<CarriedValue> carried) : IMiddleware
{
    /// <summary>None where nothing is to be given back.</summary>
    public static IEnumerable<Layer<IMiddleware>> Layers(IReadOnlyList<CarriedValue> carried)
    {
        if (!carried.Any(static c => c.Restore is not null))
            return [];
        var restore = new RestoreAmbient(carried);
        return [new Layer<IMiddleware>("the ambient values", _ => restore)];
    }

    public async ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel)
    {
        IReadOnlyDictionary<string, string> values = message.Ambient;
        foreach (CarriedValue one in carried)
            one.Restore?.Invoke(values.GetValueOrDefault(one.Name), message.Services);
        return await next(message, cancel);
    }
}
