using System.Text;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes;

/// <summary>
/// Changes to a caller's body that are spliced in, so that every other byte, unknown fields, number formats and spacing included, stays the caller's. Ranges must
/// not overlap, but for the comma between two members that are taken out.
/// </summary>
internal sealed class BodyEdits
{
    private readonly List<(ByteRange Range, byte[] With)> _edits = new(6);

    /// <summary>Nothing is to be changed.</summary>
    public bool IsEmpty => _edits.Count == 0;

    /// <summary>Replaces what lies in the range.</summary>
    public void Replace(ByteRange range, string with) => _edits.Add((range, Encoding.UTF8.GetBytes(with)));

    /// <summary>Takes a member, name and value, out of an object that has another one, with the comma that parts them. Should two neighbours go, <see cref="Apply"/> sees to the comma between them.</summary>
    public void Remove(ReadOnlySpan<byte> body, ByteRange member)
    {
        var after = member.End + body[member.End..].IndexOfAnyExcept(" \t\r\n"u8);
        Replace(body[after] == ',' ? new ByteRange(member.Start, after + 1) : new ByteRange(body[..member.Start].LastIndexOf((byte)','), member.End), "");
    }

    /// <summary>Inserts before the byte at the place.</summary>
    public void Insert(int at, string text) => Replace(new ByteRange(at, at), text);

    public byte[] Apply(ReadOnlySpan<byte> body)
    {
        _edits.Sort((left, right) => left.Range.Start.CompareTo(right.Range.Start));
        var result = new byte[body.Length + _edits.Sum(edit => edit.With.Length - (edit.Range.End - edit.Range.Start))];
        var (read, written) = (0, 0);
        foreach (var (place, with) in _edits)
        {
            var range = place;
            if (range.Start < read)
            {
                // Two neighbours go, the latter of them the last of all: each took the comma between them, and the one before both must go too.
                (written, range) = (result.AsSpan(0, written).LastIndexOf((byte)','), range with { Start = read });
            }

            var kept = body[read..range.Start];
            kept.CopyTo(result.AsSpan(written));
            with.CopyTo(result.AsSpan(written + kept.Length));
            written += kept.Length + with.Length;
            read = range.End;
        }

        body[read..].CopyTo(result.AsSpan(written));
        written += body.Length - read;
        return written == result.Length ? result : result[..written];
    }
}
