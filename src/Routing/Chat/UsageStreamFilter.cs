using System.Buffers;

namespace Platform.Routing.Chat;

/// <summary>
/// Passes a stream of server-sent events through, finds the usage in it, and leaves the chunk out that carries nothing but usage when the caller did not
/// ask for it. An event is passed on as soon as it is whole; its bytes are not changed.
/// </summary>
/// <param name="hideUsage">True when the gateway, not the caller, asked for usage.</param>
internal sealed class UsageStreamFilter(bool hideUsage)
{
    /// <summary>An event that grows beyond this is passed on in pieces: it cannot be a usage chunk.</summary>
    private const int MaxHeldBytes = 1024 * 1024;

    private byte[] _held = new byte[4096];
    private int _heldBytes;

    /// <summary>The last usage seen; null so far.</summary>
    public ProviderUsage? Usage { get; private set; }

    /// <summary>True once the provider has said that the stream is whole.</summary>
    public bool IsDone { get; private set; }

    public void Feed(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        if (_heldBytes == 0)
        {
            Hold(PassEvents(chunk, 0, output));
            return;
        }

        // What was held has no end of event in it but perhaps the first bytes of one.
        var searched = Math.Max(0, _heldBytes - 2);
        Hold(chunk);
        var all = _held.AsSpan(0, _heldBytes);
        var rest = PassEvents(all, searched, output);
        rest.CopyTo(_held);
        _heldBytes = rest.Length;
        if (_heldBytes > MaxHeldBytes)
        {
            output.Write(_held.AsSpan(0, _heldBytes));
            _heldBytes = 0;
        }
    }

    /// <summary>Passes on what is left when the provider has ended the stream.</summary>
    public void End(IBufferWriter<byte> output)
    {
        if (_heldBytes > 0)
        {
            PassEvent(_held.AsSpan(0, _heldBytes), output);
            _heldBytes = 0;
        }
    }

    private ReadOnlySpan<byte> PassEvents(ReadOnlySpan<byte> bytes, int searched, IBufferWriter<byte> output)
    {
        while (EndOfEvent(bytes, searched) is var end and > 0)
        {
            PassEvent(bytes[..end], output);
            bytes = bytes[end..];
            searched = 0;
        }

        return bytes;
    }

    private void PassEvent(ReadOnlySpan<byte> one, IBufferWriter<byte> output)
    {
        if (CarriesUsage(one))
        {
            var data = DataOf(one);
            if (ProviderUsage.TryRead(data, out var usage, out var hasChoices))
            {
                Usage = usage;
                if (hideUsage && !hasChoices)
                {
                    return;
                }
            }
        }
        else if (one.Length < 64 && DataOf(one).SequenceEqual("[DONE]"u8))
        {
            IsDone = true;
        }

        output.Write(one);
    }

    /// <summary>Cheap first look: the name with an object behind it. Most chunks say <c>"usage":null</c> or nothing.</summary>
    private static bool CarriesUsage(ReadOnlySpan<byte> one)
    {
        var name = "\"usage\""u8;
        while (one.IndexOf(name) is var at and >= 0)
        {
            one = one[(at + name.Length)..];
            var value = one.TrimStart(" \t\r\n"u8);
            if (value.Length > 1 && value[0] == ':' && value[1..].TrimStart(" \t\r\n"u8) is [(byte)'{', ..])
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The payload of an event's data lines, joined as the event-stream format says.</summary>
    private static ReadOnlySpan<byte> DataOf(ReadOnlySpan<byte> one)
    {
        var first = ReadOnlySpan<byte>.Empty;
        ArrayBufferWriter<byte>? joined = null;
        foreach (var range in one.Split((byte)'\n'))
        {
            var line = one[range].TrimEnd((byte)'\r');
            if (!line.StartsWith("data:"u8))
            {
                continue;
            }

            var value = line["data:".Length..];
            value = value is [(byte)' ', ..] ? value[1..] : value;
            if (joined is null && first.IsEmpty)
            {
                first = value;
                continue;
            }

            if (joined is null)
            {
                joined = new ArrayBufferWriter<byte>();
                joined.Write(first);
            }

            joined.Write("\n"u8);
            joined.Write(value);
        }

        return joined is null ? first : joined.WrittenSpan;
    }

    /// <summary>Where the first event ends, behind its empty line; 0 when it does not end yet.</summary>
    private static int EndOfEvent(ReadOnlySpan<byte> bytes, int from)
    {
        while (from < bytes.Length && bytes[from..].IndexOf((byte)'\n') is var offset and >= 0)
        {
            var next = from + offset + 1;
            if (next < bytes.Length && bytes[next] == '\n')
            {
                return next + 1;
            }

            if (next + 1 < bytes.Length && bytes[next] == '\r' && bytes[next + 1] == '\n')
            {
                return next + 2;
            }

            from = next;
        }

        return 0;
    }

    private void Hold(ReadOnlySpan<byte> bytes)
    {
        if (_heldBytes + bytes.Length > _held.Length)
        {
            Array.Resize(ref _held, Math.Max(_held.Length * 2, _heldBytes + bytes.Length));
        }

        bytes.CopyTo(_held.AsSpan(_heldBytes));
        _heldBytes += bytes.Length;
    }
}
