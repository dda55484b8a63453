using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Platform.Routing.Scheduled;

/// <summary>Ids that follow from what they are of, so that the same thing never has two.</summary>
internal static class DerivedIds
{
    /// <summary>Of a batch whose submitter named an idempotency key.</summary>
    /// <param name="keyId">The first of the submitter's line of keys: who changed over to a successor meanwhile sends the same work.</param>
    public static Guid BatchOf(string keyId, string idempotencyKey) => Of(SHA256.HashData(Encoding.UTF8.GetBytes($"{keyId}\n{idempotencyKey}")));

    /// <summary>Whether an id follows from what it is of: then it comes back when the same is asked for again.</summary>
    public static bool IsDerived(Guid id) => id.Version == 8;

    /// <summary>Of an attempt: the n-th of a try of an item. Nobody can fund or bill it twice.</summary>
    /// <param name="runId">Of its batch. Not the batch's id, which comes back when its idempotency key is used again after the batch was deleted: that is other work, with a bill of its own.</param>
    public static Guid AttemptOf(Guid runId, int position, int tries, int number)
    {
        Span<byte> source = stackalloc byte[28];
        runId.TryWriteBytes(source, bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(source[16..], position);
        BinaryPrimitives.WriteInt32BigEndian(source[20..], tries);
        BinaryPrimitives.WriteInt32BigEndian(source[24..], number);
        return Of(SHA256.HashData(source));
    }

    /// <summary>Of an event that several replicas may see and people are to hear of once.</summary>
    public static Guid EventOf(params ReadOnlySpan<string> what) => Of(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', what!))));

    /// <summary>A UUID of version 8 (RFC 9562): what is in it is ours.</summary>
    private static Guid Of(byte[] hash)
    {
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }
}
