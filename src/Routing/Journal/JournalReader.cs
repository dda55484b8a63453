using Microsoft.Win32.SafeHandles;
using Platform.Contracts.Metering.V1;

namespace Platform.Routing.Journal;

/// <summary>Reads usage that was left on the disk. Keeps the segment that it read last open, so it is for a batch and one thread.</summary>
internal sealed class JournalReader(AttemptJournal journal) : IDisposable
{
    private string? _path;
    private SafeFileHandle? _segment;

    /// <summary>The usage of a finished attempt; null: it is acknowledged by now.</summary>
    /// <exception cref="IOException">The disk does not give it, or gives something else.</exception>
    /// <exception cref="UnauthorizedAccessException">The segment may not be opened.</exception>
    public UsageEvent? Read(Guid attemptId)
    {
        if (journal.PlaceOf(attemptId) is not { } place)
        {
            return null;
        }

        if (_path != place.Path)
        {
            Dispose();
            _segment = File.OpenHandle(place.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            _path = place.Path;
        }

        var frame = new byte[place.Length];
        var read = 0;
        while (read < frame.Length && RandomAccess.Read(_segment!, frame.AsSpan(read), place.Offset + read) is var more and > 0)
        {
            read += more;
        }

        var (records, _) = JournalFrame.DecodeAll(frame.AsSpan(0, read));
        return records is [{ Kind: JournalKind.Finished, Event: { } usage } record] && record.AttemptId == attemptId
            ? usage
            : throw new IOException($"{Path.GetFileName(place.Path)} does not have the usage of attempt {attemptId} at byte {place.Offset} any more.");
    }

    public void Dispose()
    {
        _segment?.Dispose();
        (_segment, _path) = (null, null);
    }
}
