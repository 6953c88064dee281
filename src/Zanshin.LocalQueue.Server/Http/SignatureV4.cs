using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Server.Http;

/// <summary>
/// Verifies AWS Signature Version 4, in the Authorization header or in the address ("Create a signed AWS API request", IAM user guide). A signature is
/// good for 15 minutes around the time it names; one in the address for as long as it says (<c>X-Amz-Expires</c>), and no longer than that.
/// </summary>
internal sealed class SignatureV4(LocalSqsCredentials credentials, TimeProvider time)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string DateFormat = "yyyyMMdd'T'HHmmss'Z'";
    private static readonly TimeSpan Validity = TimeSpan.FromMinutes(15);

    /// <summary>What can be told before the body is read: whether the request claims a signature, by the right key, of a time that is good. Null if so.</summary>
    internal SqsError? CheckHead(IHttpRequestFeature request) => Claimed(request, Parameters(request.QueryString)) is { } claim ? Check(claim, request) : SqsError.NotSigned();

    /// <summary>Null when the request was signed with the credentials.</summary>
    internal SqsError? Check(IHttpRequestFeature request, ReadOnlySequence<byte> body)
    {
        var query = Parameters(request.QueryString);
        if (Claimed(request, query) is not { } claim) return SqsError.NotSigned();
        if (Check(claim, request) is { } refusal) return refusal;
        var expected = Sign(claim, claim.SignedHeaders.Split(';'), request, query, body);
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(claim.Signature))
            ? null
            : SqsError.BadSignature("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.");
    }

    private SqsError? Check(Claim claim, IHttpRequestFeature request)
    {
        if (claim.Scope is not [var keyId, var day, _, _, "aws4_request"]) return SqsError.BadSignature("The credential's scope is not AccessKeyId/yyyyMMdd/region/service/aws4_request.");
        if (keyId != credentials.AccessKeyId) return SqsError.UnknownKey();
        if (!DateTimeOffset.TryParseExact(claim.Date, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var signedAt) || !claim.Date!.StartsWith(day, StringComparison.Ordinal))
        {
            return SqsError.BadSignature("X-Amz-Date is missing, or not the day of the credential's scope.");
        }

        var age = time.GetUtcNow() - signedAt;
        if (age.Duration() > Validity) return SqsError.BadSignature($"Signature expired: {claim.Date} is more than 15 minutes from the server's time.");
        if (age > claim.Expires) return SqsError.BadSignature($"Signature expired: the address was good for {claim.Expires.TotalSeconds} seconds from {claim.Date}.");
        var signed = claim.SignedHeaders.Split(';');
        if (!signed.Contains("host")) return SqsError.BadSignature("The host header must be signed.");
        // It says what is to be done: unsigned, whoever sees the request could have something else done.
        return request.Headers.ContainsKey("X-Amz-Target") && !signed.Contains("x-amz-target") ? SqsError.BadSignature("The x-amz-target header must be signed.") : null;
    }

    private static Claim? Claimed(IHttpRequestFeature request, List<(string Name, string Value)> query)
    {
        string? InQuery(string name) => query.Find(p => p.Name == name).Value;
        if (InQuery("X-Amz-Signature") is { } signature && InQuery("X-Amz-Algorithm") == Algorithm)
        {
            return InQuery("X-Amz-Credential") is { } credential && InQuery("X-Amz-SignedHeaders") is { } headers
                && int.TryParse(InQuery("X-Amz-Expires"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                ? new(credential.Split('/'), headers, signature, InQuery("X-Amz-Date"), TimeSpan.FromSeconds(seconds))
                : null;
        }

        string authorization = request.Headers.Authorization.ToString();
        if (!authorization.StartsWith(Algorithm + " ", StringComparison.Ordinal)) return null;
        var parts = authorization[Algorithm.Length..].Split(',', StringSplitOptions.TrimEntries)
            .Select(static p => p.Split('=', 2))
            .Where(static p => p.Length == 2)
            .ToLookup(static p => p[0], static p => p[1]);
        return parts["Credential"].FirstOrDefault() is { } scope && parts["SignedHeaders"].FirstOrDefault() is { } names && parts["Signature"].FirstOrDefault() is { } given
            ? new(scope.Split('/'), names, given, request.Headers["X-Amz-Date"], Validity)
            : null;
    }

    private string Sign(Claim claim, string[] signed, IHttpRequestFeature request, List<(string Name, string Value)> query, ReadOnlySequence<byte> body)
    {
        var path = request.RawTarget.Split('?', 2)[0];
        var canonical = new StringBuilder()
            .Append(request.Method).Append('\n')
            .Append(string.Join('/', path.Split('/').Select(Uri.EscapeDataString))).Append('\n')
            .AppendJoin('&', query
                .Where(static p => p.Name != "X-Amz-Signature")
                .Select(static p => (Name: Uri.EscapeDataString(p.Name), Value: Uri.EscapeDataString(p.Value)))
                .OrderBy(static p => p.Name, StringComparer.Ordinal).ThenBy(static p => p.Value, StringComparer.Ordinal)
                .Select(static p => $"{p.Name}={p.Value}")).Append('\n');
        foreach (var name in signed) canonical.Append(name).Append(':').Append(Canonical(request.Headers[name].ToString())).Append('\n');
        canonical.Append('\n').Append(claim.SignedHeaders).Append('\n').Append(Hash(body));

        var scope = string.Join('/', claim.Scope[1..]);
        var toSign = $"{Algorithm}\n{claim.Date}\n{scope}\n{Hash(new(Encoding.UTF8.GetBytes(canonical.ToString())))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + credentials.SecretAccessKey);
        foreach (var part in claim.Scope[1..]) key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
    }

    private static List<(string Name, string Value)> Parameters(string query) =>
    [
        .. query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(static p => p.Split('=', 2))
            .Select(static p => (Decode(p[0]), p.Length == 2 ? Decode(p[1]) : "")),
    ];

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    private static string Canonical(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static string Hash(ReadOnlySequence<byte> bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var segment in bytes) hash.AppendData(segment.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed record Claim(string[] Scope, string SignedHeaders, string Signature, string? Date, TimeSpan Expires);
}
