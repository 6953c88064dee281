namespace Zanshin.Simulation;

/// <summary>What processes send during the storm: a type for each queue, as routes are found by type.</summary>
internal abstract record Parcel(string Body);

internal sealed record First(string Body) : Parcel(Body);

internal sealed record Second(string Body) : Parcel(Body);

internal sealed record Third(string Body) : Parcel(Body);

internal sealed class ParcelBody<T> : BodyReader<T>
    where T : Parcel
{
    public override T Read(Message message) => throw new NotSupportedException();

    public override string Write(T body) => body.Body;
}
