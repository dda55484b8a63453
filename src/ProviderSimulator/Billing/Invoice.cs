namespace Platform.ProviderSimulator.Billing;

/// <summary>
/// Everything this provider has billed, one JSON line an attempt, in the order of billing. An appended line is in the operating
/// system's hands, so it survives <c>kill -9</c> of the process; it is not flushed to the disk, so a power failure may lose the last ones.
/// </summary>
internal sealed class Invoice : IDisposable
{
    private const string FileName = "invoice.ndjson";
    private const byte LineFeed = (byte)'\n';

    private readonly Lock gate = new();
    private readonly Stream lines;
    private long length;

    private Invoice(Stream lines)
    {
        this.lines = lines;
        length = CutTornLine(lines);
    }

    /// <summary>Bytes billed so far; whole lines only.</summary>
    public long Length => Volatile.Read(ref length);

    /// <summary>Opens the invoice of a directory, made if missing, or one in memory when there is none.</summary>
    /// <exception cref="IOException">Another simulator has it open: two providers cannot share one bill.</exception>
    public static Invoice Open(string? directory)
    {
        if (string.IsNullOrWhiteSpace(directory))
        {
            return new Invoice(new MemoryStream());
        }
        Directory.CreateDirectory(directory);
        // Unbuffered: what has been written belongs to the operating system at once.
        return new Invoice(new FileStream(
            Path.Combine(directory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
    }

    /// <summary>Appends a line with one write. It takes microseconds, less than handing it to another thread would.</summary>
    public void Append(InvoiceLine line)
    {
        var bytes = line.Encode();
        lock (gate)
        {
            lines.Position = length;
            lines.Write(bytes.WrittenSpan);
            Volatile.Write(ref length, length + bytes.WrittenCount);
        }
    }

    /// <summary>Reads from a place on, up to a length taken before; returns the number of bytes, 0 at the end.</summary>
    public int Read(long position, long end, Span<byte> buffer)
    {
        var wanted = (int)Math.Min(end - position, buffer.Length);
        lock (gate)
        {
            lines.Position = position;
            lines.ReadExactly(buffer[..wanted]);
        }
        return wanted;
    }

    /// <summary>All lines billed up to now, in their order.</summary>
    public IReadOnlyList<InvoiceLine> Lines()
    {
        var bytes = new byte[Length];
        Read(0, bytes.Length, bytes);
        var all = new List<InvoiceLine>();
        for (var rest = bytes.AsMemory(); !rest.IsEmpty;)
        {
            var feed = rest.Span.IndexOf(LineFeed);
            all.Add(InvoiceLine.Decode(rest[..feed]));
            rest = rest[(feed + 1)..];
        }
        return all;
    }

    public void Dispose() => lines.Dispose();

    // A power failure can leave half a line at the end; it was never answered for, so it goes.
    private static long CutTornLine(Stream lines)
    {
        var end = lines.Length;
        while (end > 0)
        {
            lines.Position = end - 1;
            if (lines.ReadByte() == LineFeed)
            {
                break;
            }
            end--;
        }
        lines.SetLength(end);
        return end;
    }
}
