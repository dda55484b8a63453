using System.Buffers.Binary;

namespace Platform.Routing.Journal;

/// <summary>Where the frame of a record lies.</summary>
/// <param name="Path">Of its segment.</param>
/// <param name="Length">With its header; 0: nowhere.</param>
internal readonly record struct JournalPlace(string Path, long Offset, int Length);

/// <summary>
/// How a record lies in a segment: its length and its checksum (4 bytes each, little endian), then its bytes. A crash can cut the last frame short;
/// the length or the checksum then does not fit, and reading ends there.
/// </summary>
internal static class JournalFrame
{
    public const int HeaderBytes = 8;

    /// <summary>No record comes near; a longer length is damage.</summary>
    public const int MaxPayloadBytes = 64 * 1024;

    public static byte[] Encode(JournalRecord record)
    {
        var payloadBytes = record.EncodedBytes;
        if (payloadBytes > MaxPayloadBytes)
        {
            throw new JournalUnwritableException($"A journal record of {payloadBytes} bytes is above the limit of {MaxPayloadBytes}.");
        }

        var frame = new byte[HeaderBytes + payloadBytes];
        var payload = frame.AsSpan(HeaderBytes);
        record.Encode(payload);
        BinaryPrimitives.WriteInt32LittleEndian(frame, payloadBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), Checksum.Of(payload));
        return frame;
    }

    /// <summary>Reads the whole frames from the beginning of a segment; what follows them is a torn tail.</summary>
    /// <param name="ends">Takes where each record's frame ends.</param>
    /// <returns>The records in the order of writing, and how many bytes they take.</returns>
    public static (List<JournalRecord> Records, int Bytes) DecodeAll(ReadOnlySpan<byte> segment, List<int>? ends = null)
    {
        var records = new List<JournalRecord>();
        var position = 0;
        while (segment.Length - position >= HeaderBytes)
        {
            var rest = segment[position..];
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            if (length is < JournalRecord.FixedBytes or > MaxPayloadBytes || rest.Length - HeaderBytes < length)
            {
                break;
            }

            var payload = rest.Slice(HeaderBytes, length);
            if (BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]) != Checksum.Of(payload))
            {
                break;
            }

            records.Add(JournalRecord.Decode(payload));
            position += HeaderBytes + length;
            ends?.Add(position);
        }

        return (records, position);
    }

    /// <summary>True when what follows the whole frames is the beginning of one whose writing was interrupted; false when it is damage.</summary>
    public static bool IsCutShort(ReadOnlySpan<byte> tail)
    {
        if (tail.Length < HeaderBytes)
        {
            return true;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(tail);
        return length is >= JournalRecord.FixedBytes and <= MaxPayloadBytes && tail.Length - HeaderBytes < length;
    }
}
