using System.Globalization;
using Amazon.Runtime;

namespace Zanshin.Sqs;

/// <summary>
/// Keeps the <c>Date</c> header of a client's answers, which says, to the second, when the server answered. A client that is not the SDK's own,
/// or a server that says none, has none.
/// </summary>
internal static class AnswerDate
{
    private const string Header = "Date";

    /// <summary>What a date leaves open: it is cut to whole seconds.</summary>
    public static readonly TimeSpan Width = TimeSpan.FromSeconds(1);

    /// <summary>From here the client's answers keep their date. Harmless when said again.</summary>
    public static void Watch(object client)
    {
        if (client is not AmazonServiceClient ours)
            return;
        // One and the same function: however many queues have this client, it is called once.
        ours.AfterResponseEvent -= Keep;
        ours.AfterResponseEvent += Keep;
    }

    /// <summary>Since the Unix epoch, on the server's clock; null where nothing is known.</summary>
    public static TimeSpan? Of(AmazonWebServiceResponse answer) =>
        answer.ResponseMetadata?.Metadata is { } kept && kept.TryGetValue(Header, out string? text)
            && DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
            ? date - DateTimeOffset.UnixEpoch : null;

    private static void Keep(object sender, ResponseEventArgs answer)
    {
        if (answer is WebServiceResponseEventArgs { Response.ResponseMetadata: { } metadata, ResponseHeaders: { } headers } && headers.TryGetValue(Header, out string? date))
            metadata.Metadata[Header] = date;
    }
}
