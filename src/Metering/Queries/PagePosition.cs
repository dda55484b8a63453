using System.Buffers.Binary;
using System.Buffers.Text;
using Platform.Contracts;

namespace Platform.Metering.Queries;

/// <summary>A place in an order of records by a moment of theirs and their id, as page tokens carry it.</summary>
internal readonly record struct PagePosition(DateTimeOffset Moment, Guid RecordId)
{
    private const int TokenBytes = sizeof(long) + 16;

    public string ToToken()
    {
        Span<byte> bytes = stackalloc byte[TokenBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Moment.UtcTicks);
        RecordId.TryWriteBytes(bytes[sizeof(long)..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Null for an empty token.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (PAGE_TOKEN_INVALID).</exception>
    public static PagePosition? Read(string token)
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
        return ticks >= Moments.Earliest.UtcTicks && ticks < Moments.Latest.UtcTicks
            ? new PagePosition(new DateTimeOffset(ticks, TimeSpan.Zero), new Guid(bytes[sizeof(long)..], bigEndian: true))
            : throw PageRequest.InvalidToken();
    }
}
