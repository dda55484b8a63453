using System.Buffers.Binary;
using System.Buffers.Text;
using Platform.Contracts;

namespace Platform.Metering.Queries;

/// <summary>By which moment of theirs records stand in a list: a page token names it, so that no list takes another's.</summary>
internal enum PageOrder : byte
{
    Occurred = 1,
    Recorded = 2,
}

/// <summary>A place in an order of records by a moment of theirs and their id, as page tokens carry it.</summary>
internal readonly record struct PagePosition(DateTimeOffset Moment, Guid RecordId)
{
    private const int TokenBytes = sizeof(long) + 16 + 1;

    public string ToToken(PageOrder order)
    {
        Span<byte> bytes = stackalloc byte[TokenBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Moment.UtcTicks);
        RecordId.TryWriteBytes(bytes[sizeof(long)..], bigEndian: true, out _);
        bytes[^1] = (byte)order;
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Null for an empty token.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (PAGE_TOKEN_INVALID).</exception>
    public static PagePosition? Read(string token, PageOrder order)
    {
        if (token.Length == 0)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[TokenBytes];
        if (!Base64Url.IsValid(token, out var length) || length != TokenBytes)
        {
            throw PageRequest.InvalidToken();
        }

        Base64Url.DecodeFromChars(token, bytes);
        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return bytes[^1] == (byte)order && ticks >= Moments.Earliest.UtcTicks && ticks < Moments.Latest.UtcTicks
            ? new PagePosition(new DateTimeOffset(ticks, TimeSpan.Zero), new Guid(bytes[sizeof(long)..^1], bigEndian: true))
            : throw PageRequest.InvalidToken();
    }
}
