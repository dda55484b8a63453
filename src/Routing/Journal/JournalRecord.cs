using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Platform.Contracts.Metering.V1;

namespace Platform.Routing.Journal;

/// <summary>What a record says of its attempt. The numbers are on disk: never reuse one.</summary>
internal enum JournalKind : byte
{
    /// <summary>Money is about to be asked for. Without a later record nothing went upstream.</summary>
    Intent = 1,

    /// <summary>The next byte may go upstream. Without a later record the attempt's usage is unknown.</summary>
    Sending = 2,

    /// <summary>The provider answered and its usage is known: it is owed to Metering.</summary>
    Finished = 3,

    /// <summary>Nothing went upstream: the hold is to be released.</summary>
    Unsent = 4,

    /// <summary>Sent, usage unknown: the hold is to be suspended at its bound.</summary>
    Unknown = 5,

    /// <summary>The wallet refused: there is no hold and nothing is owed to anyone.</summary>
    Refused = 6,
}

/// <summary>One record about an attempt.</summary>
/// <param name="AmountNanos">The bound of an intent, the cost of a finished attempt; else 0.</param>
/// <param name="Text">The currency of an intent, the reason of an unsent or unknown attempt; else empty.</param>
/// <param name="Event">What Metering is told: all but the usage in an intent, everything in a finished attempt; else null.</param>
internal sealed record JournalRecord(JournalKind Kind, Guid AttemptId, long AmountNanos = 0, string Text = "", UsageEvent? Event = null)
{
    private const int GuidBytes = 16;

    /// <summary>Kind, attempt id, amount and the text's length.</summary>
    public const int FixedBytes = 1 + GuidBytes + sizeof(long) + sizeof(ushort);

    public int EncodedBytes => FixedBytes + Encoding.UTF8.GetByteCount(Text) + (Event?.CalculateSize() ?? 0);

    public void Encode(Span<byte> payload)
    {
        payload[0] = (byte)Kind;
        AttemptId.TryWriteBytes(payload[1..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(payload[(1 + GuidBytes)..], AmountNanos);
        var textBytes = Encoding.UTF8.GetBytes(Text, payload[FixedBytes..]);
        BinaryPrimitives.WriteUInt16LittleEndian(payload[(FixedBytes - sizeof(ushort))..], (ushort)textBytes);
        Event?.WriteTo(payload[(FixedBytes + textBytes)..]);
    }

    /// <param name="payload">At least <see cref="FixedBytes"/>, with a checksum that fits.</param>
    public static JournalRecord Decode(ReadOnlySpan<byte> payload)
    {
        var kind = (JournalKind)payload[0];
        var textBytes = BinaryPrimitives.ReadUInt16LittleEndian(payload[(FixedBytes - sizeof(ushort))..]);
        return new JournalRecord(
            kind,
            new Guid(payload.Slice(1, GuidBytes), bigEndian: true),
            BinaryPrimitives.ReadInt64LittleEndian(payload[(1 + GuidBytes)..]),
            Encoding.UTF8.GetString(payload.Slice(FixedBytes, textBytes)),
            kind is JournalKind.Intent or JournalKind.Finished ? UsageEvent.Parser.ParseFrom(payload[(FixedBytes + textBytes)..]) : null);
    }
}
