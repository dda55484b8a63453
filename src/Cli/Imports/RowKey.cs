using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Platform.Cli.Imports;

/// <summary>Keys of rows that have none of their own: a hash of what makes them.</summary>
internal static class RowKey
{
    private const int Longest = 150;
    private const int HashBytes = 16;

    /// <summary>The source's own id, or a hash of one that is too long.</summary>
    public static string OfId(string id) => id.Length <= Longest ? id : Of("id", id);

    public static string Of(string prefix, params ReadOnlySpan<string?> parts) => Of(prefix, Hash(parts));

    public static string Of(string prefix, Guid hash) => $"{prefix}-{hash:N}";

    /// <summary>Each part is preceded by its length, so no two lists read the same.</summary>
    public static Guid Hash(params ReadOnlySpan<string?> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var part in parts)
        {
            var text = Encoding.UTF8.GetBytes(part ?? "");
            BinaryPrimitives.WriteInt32BigEndian(length, part is null ? -1 : text.Length);
            hash.AppendData(length);
            hash.AppendData(text);
        }

        return new Guid(hash.GetHashAndReset().AsSpan(0, HashBytes), bigEndian: true);
    }
}
