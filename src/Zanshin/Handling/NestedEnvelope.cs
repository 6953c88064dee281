namespace Zanshin.Handling;

/// <summary>One envelope inside of another.</summary>
internal sealed class NestedEnvelope(Envelope outer, Envelope inner) : Envelope
{
    public override EnvelopeContent Unwrap(EnvelopeContent content) => inner.Unwrap(outer.Unwrap(content));
}
