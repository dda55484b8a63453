using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Platform.Metering.Intake;

/// <summary>
/// Ids that follow from an event's identity: UUID version 8 (RFC 9562) over the first 122 bits of a SHA-256. The same event gives the same id in
/// every replica and for ever, so a primary key of such ids refuses duplicates.
/// </summary>
internal static class DerivedId
{
    public static Guid OfRecord(string source, string eventId) => Of("record", source, eventId);

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
