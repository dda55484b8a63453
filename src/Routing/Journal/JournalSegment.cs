using Microsoft.Win32.SafeHandles;

namespace Platform.Routing.Journal;

/// <summary>One file of the journal. For one thread at a time.</summary>
/// <param name="handle">Null for what an earlier process wrote.</param>
internal sealed class JournalSegment(long number, string path, SafeFileHandle? handle)
{
    private bool _isTorn;

    public long Number { get; } = number;

    public string Path { get; } = path;

    public SafeFileHandle? Handle { get; } = handle;

    /// <summary>Of whole frames.</summary>
    public long Bytes { get; private set; }

    /// <summary>Attempts that begin here and are not acknowledged.</summary>
    public int Open { get; set; }

    /// <exception cref="IOException">The disk refused; nothing was recorded.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public void Write(ReadOnlySpan<byte> frames)
    {
        // What a write left that failed half way is no record, and is cut off: at once, or, where the disk refuses that too, before anything is written in its place. So at most the beginning of one frame
        // is ever found behind the last whole one; the rest of a longer one behind a shorter would be damage.
        if (_isTorn)
        {
            RandomAccess.SetLength(Handle!, Bytes);
            _isTorn = false;
        }

        try
        {
            RandomAccess.Write(Handle!, frames, Bytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _isTorn = true;
            RandomAccess.SetLength(Handle!, Bytes);
            _isTorn = false;
            throw;
        }

        Bytes += frames.Length;
    }
}
