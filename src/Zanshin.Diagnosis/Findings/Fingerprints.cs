using System.Security.Cryptography;
using System.Text;

namespace Zanshin.Diagnosis.Findings;

/// <summary>The same for the same cause in every run.</summary>
internal static class Fingerprints
{
    private const int Digits = 12;

    /// <summary>12 hexadecimal digits.</summary>
    public static string Of(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..Digits];
}
