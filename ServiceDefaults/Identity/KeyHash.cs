using System.Security.Cryptography;
using System.Text;

namespace Platform.ServiceDefaults.Identity;

/// <summary>
/// SHA-256 of a token's secret. Tokens carry 256 random bits, so a plain hash cannot be searched; the value compares and hashes as a key.
/// </summary>
public readonly record struct KeyHash(Int128 High, Int128 Low)
{
    /// <summary>Longer than any real token.</summary>
    private const int StackLimit = 128;

    public static KeyHash Of(string secret)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> bytes = stackalloc byte[StackLimit];
        if (Encoding.UTF8.TryGetBytes(secret, bytes, out var written))
        {
            SHA256.HashData(bytes[..written], hash);
        }
        else
        {
            SHA256.HashData(Encoding.UTF8.GetBytes(secret), hash);
        }

        return From(hash);
    }

    /// <param name="sha256">32 bytes.</param>
    public static KeyHash From(ReadOnlySpan<byte> sha256) => new(
        System.Buffers.Binary.BinaryPrimitives.ReadInt128BigEndian(sha256[..16]),
        System.Buffers.Binary.BinaryPrimitives.ReadInt128BigEndian(sha256[16..]));
}
