using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Platform.Wallet.Identity;

/// <summary>A key's secret: "kt_live_" and 43 base64url characters, 256 random bits. Only its hash is stored.</summary>
internal static class KeySecret
{
    public const string Pattern = "^kt_live_[A-Za-z0-9_-]{43}$";

    private const string Prefix = "kt_live_";
    private const int RandomBytes = 32;
    private const int HintLength = 4;

    public static string Create() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>What people recognise a key by.</summary>
    public static string Hint(string secret) => secret[^HintLength..];
}
