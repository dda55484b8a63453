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

    /// <summary>
    /// Of a lease, by its id: what all its ended attempts have drawn up to here. Zero where the lease begins, before the first draw from it, and again at
    /// the head of every segment, so that segments before it may be deleted.
    /// </summary>
    LeaseTotal = 7,

    /// <summary>Of a lease, by its id: Wallet has its final totals, or knows nothing of it.</summary>
    LeaseClosed = 8,

    /// <summary>Drawn from a lease, and the next byte may go upstream: intent and sending in one, since nobody is asked in between.</summary>
    Leased = 9,

    /// <summary>Drawn from a lease, sent, usage unknown: its bound is drawn for good and is to go to suspense.</summary>
    LeasedUnknown = 10,

    /// <summary>Metering refused the usage of a finished attempt of a lease: what it drew is to go to suspense. Draws nothing more.</summary>
    LeasedRefused = 11,
}

/// <summary>One record about an attempt, or about a lease.</summary>
/// <param name="AttemptId">Whom it is about: a lease's id for kinds 7 and 8.</param>
/// <param name="AmountNanos">
/// The bound of an intent and of an attempt that is or was leased; the cost of a finished one; what a refused one drew; a lease's total; else 0.
/// </param>
/// <param name="Text">
/// The currency of an intent, the reason of an attempt that is unsent, unknown or refused by Metering, the machine's boot of a lease's total; else empty.
/// </param>
/// <param name="Event">
/// What Metering is told: all but the usage before the end is known, everything in a finished attempt. It names the lease, if there is one. Null for the
/// other kinds.
/// </param>
internal sealed record JournalRecord(JournalKind Kind, Guid AttemptId, long AmountNanos = 0, string Text = "", UsageEvent? Event = null)
{
    private const int GuidBytes = 16;

    /// <summary>Kind, attempt id, amount and the text's length.</summary>
    public const int FixedBytes = 1 + GuidBytes + sizeof(long) + sizeof(ushort);

    /// <summary>True for the record with which an attempt begins.</summary>
    public bool BeginsAttempt => Kind is JournalKind.Intent or JournalKind.Leased;

    /// <summary>The lease that the attempt was drawn from; null for a direct hold, and for kinds that do not say.</summary>
    public Guid? LeaseId => Event is { LeaseId.Length: > 0 } ? Guid.Parse(Event.LeaseId) : null;

    /// <summary>What this record adds to the total of its <see cref="LeaseId"/>: an attempt adds once, when it ends.</summary>
    public long DrawnNanos => Kind switch
    {
        JournalKind.Finished => Math.Min(AmountNanos, Event!.BoundNanos),
        JournalKind.LeasedUnknown => AmountNanos,
        _ => 0,
    };

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
            HasEvent(kind) ? UsageEvent.Parser.ParseFrom(payload[(FixedBytes + textBytes)..]) : null);
    }

    private static bool HasEvent(JournalKind kind) => kind is JournalKind.Intent or JournalKind.Finished or JournalKind.Leased or JournalKind.LeasedUnknown
        or JournalKind.LeasedRefused;
}
