using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Grpc.Core;

namespace Platform.Benchmarks;

/// <summary>
/// One connection of unary gRPC calls over HTTP/2 without TLS (RFC 9113, headers by RFC 7541): no more of it than a load generator needs whose own processor time would else be a quarter of what is measured on a machine that it
/// shares. Many calls are open at once; what is begun goes out with the next <see cref="Flush"/>. Not for several threads at once.
/// </summary>
internal sealed class GrpcConnection : IDisposable
{
    private const int FrameHeader = 9;
    private const int MessageHeader = 5;
    private const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, Ping = 6, GoAway = 7, WindowUpdate = 8;
    private const byte EndStream = 1, Acknowledged = 1, EndHeaders = 4;
    private const int LargestWindow = int.MaxValue;
    private const int FirstWindow = 65_535;
    private const int FirstOfDynamicTable = 62;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly string _authority;
    private readonly Metadata _metadata;

    /// <summary>Fields in the order in which the other end put them into its table, so that a later request names them by one byte.</summary>
    private readonly List<(string Name, string Value)> _indexed = [];

    private readonly HashSet<int> _open = [];
    private byte[] _output = new byte[64 * 1024];
    private byte[] _input = new byte[64 * 1024];
    private int _written;
    private int _received;
    private int _lastStream = -1;

    /// <param name="metadata">Sent with every call.</param>
    public GrpcConnection(Uri address, Metadata metadata)
    {
        (_authority, _metadata) = (address.Authority, metadata);
        _socket.Connect(address.Host, address.Port);
        Append("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        Frame(Settings, 0, 0, []);
        Span<byte> window = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(window, LargestWindow - FirstWindow);
        Frame(WindowUpdate, 0, 0, window);
        Flush();
    }

    /// <summary>Begins a call.</summary>
    /// <param name="method">Such as <c>/platform.wallet.v1.Wallet/CreateHold</c>.</param>
    /// <returns>The number by which it is answered.</returns>
    public int Begin(string method, IMessage message)
    {
        _lastStream += 2;
        var head = StartFrame();
        Append([0x83, 0x86]); // POST, http
        Field(":path", method);
        Field(":authority", _authority);
        Field("te", "trailers");
        Field("content-type", "application/grpc");
        foreach (var entry in _metadata)
        {
            Field(entry.Key, entry.Value);
        }

        EndFrame(head, Headers, EndHeaders, _lastStream);
        var data = StartFrame();
        var size = message.CalculateSize();
        var bytes = Space(MessageHeader + size);
        bytes[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(bytes[1..], size);
        message.WriteTo(bytes[MessageHeader..]);
        EndFrame(data, Data, EndStream, _lastStream);
        _open.Add(_lastStream);
        return _lastStream;
    }

    /// <summary>Sends what was begun.</summary>
    public void Flush()
    {
        for (var sent = 0; sent < _written;)
        {
            sent += _socket.Send(_output.AsSpan(sent, _written - sent));
        }

        _written = 0;
    }

    /// <summary>Waits until the other end of one of these has said something, or the time is over.</summary>
    /// <returns>Those that have something to read.</returns>
    public static IEnumerable<GrpcConnection> Wait(IReadOnlyCollection<GrpcConnection> connections, TimeSpan longest)
    {
        var readable = connections.Select(connection => connection._socket).ToList();
        Socket.Select(readable, null, null, longest);
        return connections.Where(connection => readable.Contains(connection._socket));
    }

    /// <summary>Reads what has come, or waits for it.</summary>
    /// <param name="answered">Called with a call's number and the bytes of its message.</param>
    /// <exception cref="InvalidOperationException">A call failed, or the connection.</exception>
    public void Read(Action<int, ReadOnlySpan<byte>> answered)
    {
        if (_received == _input.Length)
        {
            Array.Resize(ref _input, _input.Length * 2);
        }

        var count = _socket.Receive(_input.AsSpan(_received));
        _received += count > 0 ? count : throw new InvalidOperationException("The service closed the connection.");
        var rest = _input.AsSpan(0, _received);
        while (rest.Length >= FrameHeader && (rest[0] << 16 | rest[1] << 8 | rest[2]) is var length && rest.Length >= FrameHeader + length)
        {
            var (type, flags, stream) = (rest[3], rest[4], BinaryPrimitives.ReadInt32BigEndian(rest[5..]));
            Take(type, flags, stream, rest.Slice(FrameHeader, length), answered);
            rest = rest[(FrameHeader + length)..];
        }

        rest.CopyTo(_input);
        _received = rest.Length;
    }

    public void Dispose() => _socket.Dispose();

    private void Take(byte type, byte flags, int stream, ReadOnlySpan<byte> payload, Action<int, ReadOnlySpan<byte>> answered)
    {
        switch (type)
        {
            case Data when payload.Length > 0:
                if (payload.Length < MessageHeader || BinaryPrimitives.ReadInt32BigEndian(payload[1..]) != payload.Length - MessageHeader || !_open.Remove(stream))
                {
                    throw new InvalidOperationException("An answer is not one message in one frame.");
                }

                answered(stream, payload[MessageHeader..]);
                break;
            case Headers when (flags & EndStream) != 0 && _open.Contains(stream):
                throw new InvalidOperationException($"A call failed: {Encoding.ASCII.GetString(payload)}");
            case Reset or GoAway:
                throw new InvalidOperationException($"The service ended a call or the connection: {Encoding.ASCII.GetString(payload)}");
            case Settings when (flags & Acknowledged) == 0:
                Frame(Settings, Acknowledged, 0, []);
                break;
            case Ping when (flags & Acknowledged) == 0:
                Frame(Ping, Acknowledged, 0, payload);
                break;
            default:
                break; // Headers of an answer, room to send (far more than what is ever open), acknowledgements.
        }
    }

    private void Field(string name, string value)
    {
        var index = _indexed.IndexOf((name, value));
        if (index >= 0)
        {
            // The newest field of the table has its first number.
            Append([(byte)(0x80 | (FirstOfDynamicTable + _indexed.Count - 1 - index))]);
            return;
        }

        _indexed.Add((name, value));
        Append([0x40]);
        Literal(name);
        Literal(value);
    }

    /// <param name="text">Shorter than 127 characters.</param>
    private void Literal(string text)
    {
        Append([(byte)text.Length]);
        Encoding.ASCII.GetBytes(text, Space(text.Length));
    }

    private void Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var start = StartFrame();
        Append(payload);
        EndFrame(start, type, flags, stream);
    }

    private int StartFrame()
    {
        Space(FrameHeader);
        return _written - FrameHeader;
    }

    private void EndFrame(int start, byte type, byte flags, int stream)
    {
        var header = _output.AsSpan(start);
        BinaryPrimitives.WriteInt32BigEndian(header, (_written - start - FrameHeader) << 8);
        (header[3], header[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(header[5..], stream);
    }

    private void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Space(bytes.Length));

    private Span<byte> Space(int count)
    {
        if (_output.Length - _written < count)
        {
            Array.Resize(ref _output, Math.Max(_output.Length * 2, _written + count));
        }

        _written += count;
        return _output.AsSpan(_written - count, count);
    }
}
