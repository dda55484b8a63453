using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Platform.Metering.Intake;

/// <summary>
/// Rows in the binary form of PostgreSQL's COPY: a count of fields, then each field as its length and its bytes, big-endian
/// (https://www.postgresql.org/docs/15/sql-copy.html). Filled row by row and sent in pieces, so that a batch of any size needs one small buffer.
/// </summary>
internal sealed class CopyBuffer : IDisposable
{
    private const int Piece = 64 * 1024;
    private const long MicrosecondsTo2000 = 946_684_800_000_000;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(2 * Piece);
    private int _length;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>True when there is enough for a piece that is worth sending.</summary>
    public bool IsFull => _length >= Piece;

    public void Clear() => _length = 0;

    /// <summary>The signature, no flags, no extension.</summary>
    public void Begin()
    {
        ReadOnlySpan<byte> header = [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];
        header.CopyTo(Take(header.Length));
    }

    public void BeginRow(int fields) => BinaryPrimitives.WriteInt16BigEndian(Take(sizeof(short)), (short)fields);

    public void End() => BinaryPrimitives.WriteInt16BigEndian(Take(sizeof(short)), -1);

    public void WriteNull() => BinaryPrimitives.WriteInt32BigEndian(Take(sizeof(int)), -1);

    public void Write(bool value) => Field(1)[0] = value ? (byte)1 : (byte)0;

    public void Write(short value) => BinaryPrimitives.WriteInt16BigEndian(Field(sizeof(short)), value);

    public void Write(int value) => BinaryPrimitives.WriteInt32BigEndian(Field(sizeof(int)), value);

    public void Write(long value) => BinaryPrimitives.WriteInt64BigEndian(Field(sizeof(long)), value);

    public void Write(Guid value) => value.TryWriteBytes(Field(16), bigEndian: true, out _);

    /// <summary>To the microsecond; finer is cut.</summary>
    public void Write(DateTimeOffset value) =>
        Write((value.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond - MicrosecondsTo2000);

    public void Write(ReadOnlySpan<byte> value) => value.CopyTo(Field(value.Length));

    public void Write(string value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        Reserve(sizeof(int) + most);
        var written = Encoding.UTF8.GetBytes(value, _bytes.AsSpan(_length + sizeof(int)));
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(_length), written);
        _length += sizeof(int) + written;
    }

    public void Write(DateTimeOffset? value)
    {
        if (value is { } moment)
        {
            Write(moment);
        }
        else
        {
            WriteNull();
        }
    }

    public void Write(long? value)
    {
        if (value is { } present)
        {
            Write(present);
        }
        else
        {
            WriteNull();
        }
    }

    public void Write(Guid? value)
    {
        if (value is { } present)
        {
            Write(present);
        }
        else
        {
            WriteNull();
        }
    }

    /// <summary>A value of type jsonb, from UTF-8.</summary>
    public void WriteJson(ReadOnlySpan<byte> json)
    {
        var field = Field(1 + json.Length);
        field[0] = 1; // The version of jsonb's binary form.
        json.CopyTo(field[1..]);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private Span<byte> Field(int size)
    {
        var field = Take(sizeof(int) + size);
        BinaryPrimitives.WriteInt32BigEndian(field, size);
        return field[sizeof(int)..];
    }

    private Span<byte> Take(int size)
    {
        Reserve(size);
        var taken = _bytes.AsSpan(_length, size);
        _length += size;
        return taken;
    }

    private void Reserve(int size)
    {
        if (_length + size > _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + size));
            _bytes.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
    }
}
