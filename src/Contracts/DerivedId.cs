using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Platform.Contracts;

/// <summary>
/// Ids that follow from an event's identity: UUID version 8 (RFC 9562) over the first 122 bits of a SHA-256. The same event gives the same id in
/// every replica and for ever, so a primary key of such ids refuses duplicates.
/// </summary>
public static class DerivedId
{
    private const int TimeBytes = 6;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdefABCDEF-");

    /// <summary>
    /// The key that an event is known by, and its record's id. Where the event's id is a UUID of version 7, as a gateway's is, the key begins with that id's
    /// time: keys of one moment then lie together in the index that refuses duplicates, which otherwise would be written all over (docs/decisions/0044).
    /// </summary>
    public static Guid OfRecord(string source, string eventId)
    {
        var hash = Of("record", source, eventId);
        if (!TryParse(eventId, out var id) || id.Version != 7 || (id.Variant & 0b1100) != 0b1000)
        {
            return hash;
        }

        Span<byte> key = stackalloc byte[16];
        Span<byte> time = stackalloc byte[16];
        hash.TryWriteBytes(key, bigEndian: true, out _);
        id.TryWriteBytes(time, bigEndian: true, out _);
        time[..TimeBytes].CopyTo(key);
        return new Guid(key, bigEndian: true);
    }

    // The parser also takes blanks, signs and prefixes; migration 0009 does not.
    private static bool TryParse(string text, out Guid id)
    {
        id = default;
        return text.Length == 36 && !text.AsSpan().ContainsAnyExcept(Digits) && Guid.TryParseExact(text, "D", out id);
    }

    public static Guid OfAttempt(string source, string eventId) => Of("attempt", source, eventId);

    /// <summary>A key of fixed size for a list of texts. Each is preceded by its length, so no two lists read the same.</summary>
    public static Guid Of(params ReadOnlySpan<string> parts)
    {
        var size = 0;
        foreach (var part in parts)
        {
            size += sizeof(int) + Encoding.UTF8.GetByteCount(part);
        }

        Span<byte> text = size <= 2048 ? stackalloc byte[size] : new byte[size];
        var position = 0;
        foreach (var part in parts)
        {
            var written = Encoding.UTF8.GetBytes(part, text[(position + sizeof(int))..]);
            BinaryPrimitives.WriteInt32BigEndian(text[position..], written);
            position += sizeof(int) + written;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
