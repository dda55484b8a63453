using System.Globalization;

namespace Platform.Routing.Journal;

/// <summary>An attempt that an earlier process left behind.</summary>
/// <param name="Segment">Number of the segment that holds its intent.</param>
/// <param name="Intent">The record that it begins with; its event is that of the end where the attempt was finished, or null where that was left on the disk.</param>
/// <param name="Last">What was recorded last; decides what is owed.</param>
internal sealed record RecoveredAttempt(Guid AttemptId, long Segment, JournalRecord Intent, JournalRecord Last)
{
    /// <summary>Where its usage stands, if it was ever finished.</summary>
    public JournalPlace End { get; init; }

    /// <summary>It was drawn from a lease.</summary>
    public bool IsLeased { get; init; } = Intent.LeaseId is not null;

    /// <summary>As its last record says; null where that does not.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>The same after its next record.</summary>
    /// <param name="isHeld">False: the usage stays on the disk, and neither record has its event.</param>
    public RecoveredAttempt With(JournalRecord record, in JournalPlace place, bool isHeld)
    {
        var occurredAt = record.Event?.OccurredAt?.ToDateTimeOffset();
        if (record.Kind != JournalKind.Finished)
        {
            return this with { Last = record, OccurredAt = occurredAt };
        }

        // An end whose usage is known tells everything that its intent does; an hour's waiting usage is too much to be held twice.
        var told = isHeld ? record.Event : null;
        return this with
        {
            Last = record with { Event = told }, Intent = Intent with { Event = told }, OccurredAt = occurredAt, End = place, IsLeased = IsLeased || record.LeaseId is not null,
        };
    }
}

/// <summary>What the segment files of a replica's folder say.</summary>
/// <param name="Leases">What is recorded of the leases that are not closed.</param>
/// <param name="LeasesAreComplete">
/// False when records may be missing that the earlier process relied on. A last frame that was cut short is none of them: a process that died in the middle
/// of writing had not gone on.
/// </param>
internal sealed record JournalContents(
    IReadOnlyList<(long Number, string Path)> Segments, IReadOnlyList<RecoveredAttempt> Attempts, LeaseLedger Leases, bool LeasesAreComplete,
    IReadOnlyList<string> Damages)
{
    private const string Extension = ".journal";

    public static string PathOf(string directory, long number) =>
        Path.Combine(directory, number.ToString("0000000000", CultureInfo.InvariantCulture) + Extension);

    /// <summary>Reads all segments, and cuts off the last frame of the last one when its writing was interrupted.</summary>
    /// <param name="heldUsage">Of how many finished attempts the usage is kept in memory; that of any others stays on the disk.</param>
    public static JournalContents Read(string directory, int heldUsage = int.MaxValue)
    {
        var segments = Directory.EnumerateFiles(directory, "*" + Extension)
            .Select(path => (Number: long.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture), Path: path))
            .OrderBy(segment => segment.Number)
            .ToList();
        var attempts = new Dictionary<Guid, RecoveredAttempt>();
        var leases = new LeaseLedger();
        var complete = true;
        var finished = 0;
        var damages = new List<string>();
        foreach (var (number, path) in segments)
        {
            var bytes = File.ReadAllBytes(path);
            var ends = new List<int>();
            var (records, readable) = JournalFrame.DecodeAll(bytes, ends);
            if (readable != bytes.Length)
            {
                damages.Add($"{Path.GetFileName(path)} ends in {bytes.Length - readable} unreadable bytes after {records.Count} records.");
                complete &= path == segments[^1].Path && TryCutOff(path, bytes, readable);
            }

            var begin = 0;
            foreach (var (record, end) in records.Zip(ends))
            {
                finished += record.Kind == JournalKind.Finished ? 1 : 0;
                Fold(attempts, record, number, new JournalPlace(path, begin, end - begin), isHeld: finished <= heldUsage);
                leases.Fold(record);
                begin = end;
            }
        }

        return new JournalContents(segments, [.. attempts.Values], leases, complete, damages);
    }

    private static bool TryCutOff(string path, byte[] bytes, int readable)
    {
        if (!JournalFrame.IsCutShort(bytes.AsSpan(readable)))
        {
            return false;
        }

        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        RandomAccess.SetLength(file, readable);
        return true;
    }

    private static void Fold(Dictionary<Guid, RecoveredAttempt> attempts, JournalRecord record, long segment, in JournalPlace place, bool isHeld)
    {
        if (record.BeginsAttempt)
        {
            // A repeated intent replaces the first; where the attempt begins stays.
            var begins = attempts.TryGetValue(record.AttemptId, out var earlier) ? earlier.Segment : segment;
            attempts[record.AttemptId] = new RecoveredAttempt(record.AttemptId, begins, record, record) { OccurredAt = record.Event?.OccurredAt?.ToDateTimeOffset() };
        }
        else if (attempts.TryGetValue(record.AttemptId, out var known))
        {
            attempts[record.AttemptId] = known.With(record, place, isHeld);
        }

        // Any other record without a begin belongs to an acknowledged attempt whose first segment is deleted, or to a lease.
    }
}
