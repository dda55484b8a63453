using System.Globalization;

namespace Platform.Routing.Journal;

/// <summary>An attempt that an earlier process left behind.</summary>
/// <param name="Segment">Number of the segment that holds its intent.</param>
/// <param name="Last">What was recorded last; decides what is owed.</param>
internal sealed record RecoveredAttempt(Guid AttemptId, long Segment, JournalRecord Intent, JournalRecord Last);

/// <summary>What the segment files of a replica's folder say.</summary>
internal sealed record JournalContents(
    IReadOnlyList<(long Number, string Path)> Segments, IReadOnlyList<RecoveredAttempt> Attempts, IReadOnlyList<string> Damages)
{
    private const string Extension = ".journal";

    public static string PathOf(string directory, long number) =>
        Path.Combine(directory, number.ToString("0000000000", CultureInfo.InvariantCulture) + Extension);

    public static JournalContents Read(string directory)
    {
        var segments = Directory.EnumerateFiles(directory, "*" + Extension)
            .Select(path => (Number: long.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture), Path: path))
            .OrderBy(segment => segment.Number)
            .ToList();
        var attempts = new Dictionary<Guid, RecoveredAttempt>();
        var damages = new List<string>();
        foreach (var (number, path) in segments)
        {
            var bytes = File.ReadAllBytes(path);
            var (records, readable) = JournalFrame.DecodeAll(bytes);
            if (readable != bytes.Length)
            {
                damages.Add($"{Path.GetFileName(path)} ends in {bytes.Length - readable} unreadable bytes after {records.Count} records.");
            }

            Fold(attempts, records, number);
        }

        return new JournalContents(segments, [.. attempts.Values], damages);
    }

    private static void Fold(Dictionary<Guid, RecoveredAttempt> attempts, List<JournalRecord> records, long segment)
    {
        foreach (var record in records)
        {
            if (record.Kind == JournalKind.Intent)
            {
                // A repeated intent replaces the first; where the attempt begins stays.
                var begins = attempts.TryGetValue(record.AttemptId, out var earlier) ? earlier.Segment : segment;
                attempts[record.AttemptId] = new RecoveredAttempt(record.AttemptId, begins, record, record);
            }
            else if (attempts.TryGetValue(record.AttemptId, out var known))
            {
                attempts[record.AttemptId] = known with { Last = record };
            }

            // Any other record without an intent belongs to an acknowledged attempt whose first segment is deleted.
        }
    }
}
