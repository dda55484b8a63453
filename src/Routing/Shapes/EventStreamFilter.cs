using System.Buffers;

namespace Platform.Routing.Shapes;

/// <summary>
/// A filter of server-sent events. An event is passed on as soon as it is whole; its bytes are not changed. What an event says, and whether the caller gets it,
/// is the shape's business. Lines end in LF, CRLF or CR, also in one stream, and a mark of the byte order may stand at its beginning, as the format has it (https://html.spec.whatwg.org/multipage/server-sent-events.html).
/// </summary>
internal abstract class EventStreamFilter : StreamFilter
{
    /// <summary>A stream that says more than this before its first token is not made to wait for it.</summary>
    private const int MaxOpeningBytes = 64 * 1024;

    private byte[] _held = new byte[4096];
    private int _heldBytes;
    private int _openingBytes;

    /// <summary>An event that grows beyond this is passed on in pieces: it cannot be one that states usage.</summary>
    protected virtual int MaxHeldBytes => 1024 * 1024;

    public sealed override void Feed(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
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
            (Opening, HasToken) = (StreamOpening.Begun, true);
            output.Write(_held.AsSpan(0, _heldBytes));
            _heldBytes = 0;
        }
    }

    public sealed override void End(IBufferWriter<byte> output)
    {
        if (_heldBytes > 0)
        {
            PassEvent(_held.AsSpan(0, _heldBytes), output);
            _heldBytes = 0;
        }
    }

    /// <summary>Looks at a whole event, or the last piece of a stream. False: the caller does not get it.</summary>
    protected abstract bool Take(ReadOnlySpan<byte> one);

    /// <summary>What an event, which has been looked at, says of a stream whose first token has not come; asked until it has, also when the opening has been passed on.</summary>
    protected abstract StreamOpening Judge(ReadOnlySpan<byte> one);

    /// <summary>What the first line of an event that begins with this field says; empty when there is none.</summary>
    protected static ReadOnlySpan<byte> FieldOf(ReadOnlySpan<byte> one, ReadOnlySpan<byte> field)
    {
        one = WithoutMark(one);
        foreach (var range in one.SplitAny((byte)'\r', (byte)'\n'))
        {
            if (one[range].StartsWith(field))
            {
                return one[range][field.Length..].Trim((byte)' ');
            }
        }

        return [];
    }

    /// <summary>The payload of an event's data lines, joined as the event-stream format says.</summary>
    protected static ReadOnlySpan<byte> DataOf(ReadOnlySpan<byte> one)
    {
        one = WithoutMark(one);
        var first = ReadOnlySpan<byte>.Empty;
        ArrayBufferWriter<byte>? joined = null;
        foreach (var range in one.SplitAny((byte)'\r', (byte)'\n'))
        {
            var line = one[range];
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

    /// <summary>Only a stream's first event can have one.</summary>
    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> one) => one.StartsWith("\uFEFF"u8) ? one[3..] : one;

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
        var isPassed = Take(one);
        if (!HasToken)
        {
            var said = Judge(one);
            HasToken = said == StreamOpening.Begun;
            if (Opening == StreamOpening.Waiting)
            {
                _openingBytes += one.Length;
                Opening = _openingBytes > MaxOpeningBytes || said == StreamOpening.KeptOpen ? StreamOpening.Begun : said;
            }
        }

        if (isPassed)
        {
            output.Write(one);
        }
    }

    /// <summary>Where the first event ends, behind its empty line; 0 when it does not end yet.</summary>
    private static int EndOfEvent(ReadOnlySpan<byte> bytes, int from)
    {
        while (from < bytes.Length && bytes[from..].IndexOfAny((byte)'\r', (byte)'\n') is var offset and >= 0)
        {
            var end = from + offset;
            var next = end + LengthOfLineEnd(bytes[end..]);
            var empty = LengthOfLineEnd(bytes[next..]);

            // Where lines end in LF too, a CR that is the last byte so far has its LF still to come.
            if (empty > 0 && (next + empty < bytes.Length || bytes[^1] == '\n' || bytes[next - 1] == '\r'))
            {
                return next + empty;
            }

            from = next;
        }

        return 0;
    }

    /// <summary>0: no line ends here.</summary>
    private static int LengthOfLineEnd(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [(byte)'\r', (byte)'\n', ..] => 2,
        [(byte)'\r' or (byte)'\n', ..] => 1,
        _ => 0,
    };

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
