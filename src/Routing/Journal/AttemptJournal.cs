using Microsoft.Extensions.Options;
using Microsoft.Win32.SafeHandles;

namespace Platform.Routing.Journal;

/// <summary>How the journal stands.</summary>
/// <param name="InFlight">Attempts with an intent and no end.</param>
/// <param name="Unshipped">Finished attempts that Metering has not acknowledged.</param>
/// <param name="OldestUnshippedAt">When the first of them ended.</param>
internal readonly record struct JournalStanding(long InFlight, long Unshipped, DateTimeOffset? OldestUnshippedAt);

/// <summary>
/// The replica's append-only record of its attempts, in numbered segment files. A record is written (not merely buffered) before the call goes on, so it
/// survives the process; <see cref="Flush"/> forces it to the disk, off the calls' path. Segments are deleted from the oldest on, each when all attempts
/// that begin in it are ended and acknowledged; so an end is never deleted before its intent. What leases have drawn outlives the segments: each begins
/// with the totals up to it.
/// </summary>
internal sealed class AttemptJournal : IDisposable
{
    /// <summary>Nobody's attempt, as long as a record can be: a disk that takes it takes any call's. It stays in its segment and goes with it.</summary>
    private static readonly JournalRecord Trial = new(JournalKind.Refused, Guid.Empty, Text: new string(' ', JournalFrame.MaxPayloadBytes - JournalRecord.FixedBytes));

    private readonly Lock _gate = new();
    private readonly Lock _flushing = new();
    private readonly TimeProvider _time;
    private readonly string _directory;
    private readonly int _segmentBytes;
    private readonly Queue<JournalSegment> _segments = new();
    private readonly List<JournalSegment> _sealed = [];
    private readonly Dictionary<Guid, Entry> _attempts = [];

    /// <summary>Finished attempts in the order of their ends. Who is no longer owed to Metering leaves when it comes to the front.</summary>
    private readonly Queue<Entry> _finished = new();
    private readonly LeaseLedger _leases;
    private JournalSegment _active;
    private bool _dirty;
    private string? _broken;
    private string? _refusal;
    private string? _undeleted;
    private long _abandoned;
    private long _inFlight;
    private long _unshipped;

    /// <summary>Reads what an earlier process left in the folder and begins a new segment behind it.</summary>
    public AttemptJournal(ReplicaDirectory directory, IOptions<JournalOptions> options, TimeProvider time)
    {
        _time = time;
        _directory = directory.Path;
        _segmentBytes = options.Value.SegmentBytes;
        var contents = JournalContents.Read(_directory, options.Value.HeldUsage);
        Recovered = contents.Attempts;
        Damages = contents.Damages;
        LeasesAreComplete = contents.LeasesAreComplete;
        _leases = contents.Leases;
        foreach (var left in contents.Segments)
        {
            _segments.Enqueue(new JournalSegment(left.Number, left.Path, null));
        }

        foreach (var attempt in Recovered.OrderBy(EndOf))
        {
            var entry = new Entry(_segments.First(candidate => candidate.Number == attempt.Segment)) { End = attempt.End };
            entry.Segment.Open++;
            _attempts.Add(attempt.AttemptId, entry);
            Become(entry, attempt.Last.Kind, EndOf(attempt));
        }

        _active = BeginSegment(contents.Segments.Count == 0 ? 1 : contents.Segments[^1].Number + 1);
    }

    /// <summary>Attempts of an earlier process that still owe something, until <see cref="ForgetRecovered"/>.</summary>
    public IReadOnlyList<RecoveredAttempt> Recovered { get; private set; }

    /// <summary>For whoever has taken them up: what is owed is queued then, and leaves memory as it is acknowledged.</summary>
    public void ForgetRecovered() => Recovered = [];

    /// <summary>One sentence a segment that could not be read to its end.</summary>
    public IReadOnlyList<string> Damages { get; }

    /// <summary>False when a segment was damaged otherwise than by the end of its process, so that leases may have drawn more than their totals say.</summary>
    public bool LeasesAreComplete { get; }

    /// <summary>What is recorded of the leases that are not closed.</summary>
    public IReadOnlyDictionary<Guid, LeaseRecord> Leases()
    {
        lock (_gate)
        {
            return new Dictionary<Guid, LeaseRecord>(_leases.Leases);
        }
    }

    /// <summary>Where the usage of a finished attempt stands; null: it is not recorded, or is acknowledged. Until it is, its segment stays.</summary>
    public JournalPlace? PlaceOf(Guid attemptId)
    {
        lock (_gate)
        {
            return _attempts.TryGetValue(attemptId, out var entry) && entry.End.Length > 0 ? entry.End : null;
        }
    }

    /// <summary>Why the journal takes no more records; null while it does.</summary>
    public string? Broken => Volatile.Read(ref _broken);

    /// <summary>Why the disk took no record when it was last given one; null since it took one.</summary>
    public string? Refusal => Volatile.Read(ref _refusal);

    /// <summary>Why the disk keeps segments that nothing needs any longer; null while it deletes them. Calls go on.</summary>
    public string? Undeleted => Volatile.Read(ref _undeleted);

    /// <summary>Tries again to delete what the disk kept.</summary>
    public void DeleteAgain()
    {
        if (Undeleted is null)
        {
            return;
        }

        lock (_gate)
        {
            DropFinishedSegments(again: true);
        }
    }

    /// <summary>Tries whether a disk that refused takes records again: a gateway that is known to refuse is given no calls that could find out.</summary>
    public void TryAgain()
    {
        if (Refusal is null || Broken is not null)
        {
            return;
        }

        try
        {
            Append(Trial);
        }
        catch (JournalUnwritableException)
        {
            // Told by the refusal, which stands.
        }
    }

    /// <summary>Writes a record. When it returns, the record survives the death of the process.</summary>
    /// <exception cref="JournalUnwritableException">The disk refused; nothing was recorded.</exception>
    public void Append(JournalRecord record)
    {
        var frame = JournalFrame.Encode(record);
        lock (_gate)
        {
            if (_broken is not null)
            {
                throw new JournalUnwritableException(_broken);
            }

            try
            {
                if (_active.Bytes >= _segmentBytes)
                {
                    Rotate();
                }

                Write(_active, frame);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Volatile.Write(ref _refusal, $"The journal cannot be written ({exception.Message}), so the gateway makes no calls; it tries again by itself.");
                throw new JournalUnwritableException("The journal cannot be written.", exception);
            }

            Volatile.Write(ref _refusal, null);
            Remember(record, new JournalPlace(_active.Path, _active.Bytes - frame.Length, frame.Length));
        }
    }

    /// <summary>Says that everything an ended attempt owed to others is done. Deletes the segments that nothing needs any longer, or says in <see cref="Undeleted"/> why they stay; never throws.</summary>
    public void Acknowledge(Guid attemptId)
    {
        lock (_gate)
        {
            if (_attempts.Remove(attemptId, out var entry))
            {
                Become(entry, null, default);
                entry.Segment.Open--;
                DropFinishedSegments();
            }
        }
    }

    /// <summary>Forces what was written to the disk. A disk that fails here may have lost records, so the journal then takes no more.</summary>
    public void Flush()
    {
        lock (_flushing)
        {
            List<JournalSegment> sealedNow;
            SafeFileHandle active;
            lock (_gate)
            {
                if (!_dirty)
                {
                    return;
                }

                _dirty = false;
                sealedNow = [.. _sealed];
                _sealed.Clear();
                active = _active.Handle!;
            }

            try
            {
                foreach (var segment in sealedNow)
                {
                    RandomAccess.FlushToDisk(segment.Handle!);
                    segment.Handle!.Dispose();
                }

                RandomAccess.FlushToDisk(active);
            }
            catch (IOException exception)
            {
                Volatile.Write(ref _broken, $"The journal could not be forced to the disk ({exception.Message}); restart the gateway once the disk is well.");
            }
        }
    }

    public JournalStanding Standing()
    {
        lock (_gate)
        {
            return new JournalStanding(_inFlight, _unshipped, _finished.TryPeek(out var oldest) ? oldest.EndedAt : null);
        }
    }

    /// <summary>Closes the journal with everything in it on the disk, and says so in the leases' totals: the machine may then go down.</summary>
    public void Dispose()
    {
        Flush();
        lock (_gate)
        {
            if (_broken is null)
            {
                Seal();
            }

            _broken = "The journal is closed.";
            _dirty = false;
            _active.Handle!.Dispose();
        }
    }

    private void Seal()
    {
        try
        {
            Write(_active, FramesOf(_leases.ToSealedRecords()));
            RandomAccess.FlushToDisk(_active.Handle!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Unsealed: if the machine goes down before the next start, its leases wait in suspense for an operator.
        }
    }

    private void Remember(JournalRecord record, in JournalPlace place)
    {
        _leases.Fold(record);
        if (record.BeginsAttempt)
        {
            var begun = new Entry(_active);
            if (_attempts.TryAdd(record.AttemptId, begun))
            {
                Become(begun, record.Kind, default);
                _active.Open++;
            }
        }
        else if (_attempts.TryGetValue(record.AttemptId, out var entry))
        {
            entry.End = record.Kind == JournalKind.Finished ? place : entry.End;
            Become(entry, record.Kind, _time.GetUtcNow());
        }
    }

    /// <summary>Takes an attempt to its next record; null: to its acknowledgement. What stands is counted here, because an hour's unshipped usage is more than a call can wait for to be counted.</summary>
    private void Become(Entry entry, JournalKind? kind, DateTimeOffset endedAt)
    {
        _inFlight += (IsInFlight(kind) ? 1 : 0) - (IsInFlight(entry.Kind) ? 1 : 0);
        _unshipped += (kind == JournalKind.Finished ? 1 : 0) - (entry.Kind == JournalKind.Finished ? 1 : 0);
        if (kind == JournalKind.Finished && entry.Kind != JournalKind.Finished)
        {
            entry.EndedAt = endedAt;
            _finished.Enqueue(entry);
        }

        entry.Kind = kind;
        while (_finished.TryPeek(out var oldest) && oldest.Kind != JournalKind.Finished)
        {
            _finished.Dequeue();
        }
    }

    private static bool IsInFlight(JournalKind? kind) => kind is JournalKind.Intent or JournalKind.Sending or JournalKind.Leased;

    /// <summary>When the attempt of an earlier process ended, as far as its record says: what waits does not grow younger by a restart.</summary>
    private DateTimeOffset EndOf(RecoveredAttempt attempt) => attempt.OccurredAt ?? _time.GetUtcNow();

    private void Rotate()
    {
        var next = BeginSegment(_active.Number + 1);
        _sealed.Add(_active);
        _active = next;
        DropFinishedSegments();
    }

    private JournalSegment BeginSegment(long number)
    {
        var path = JournalContents.PathOf(_directory, number);

        // One that was begun in vain, and could not be taken back, is begun again; any other file of that name is not this process's.
        var mode = number == _abandoned ? FileMode.Create : FileMode.CreateNew;
        var segment = new JournalSegment(number, path, File.OpenHandle(path, mode, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete));
        try
        {
            // Under the same lock as every other record, so the totals are exact: all records before are in them, none after.
            Write(segment, FramesOf(_leases.ToRecords()));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            segment.Handle!.Dispose();
            _abandoned = number;
            File.Delete(path);
            throw;
        }

        _segments.Enqueue(segment);
        return segment;
    }

    private void Write(JournalSegment segment, ReadOnlySpan<byte> frames)
    {
        segment.Write(frames);
        _dirty = true;
    }

    private static byte[] FramesOf(IEnumerable<JournalRecord> records) => [.. records.SelectMany(JournalFrame.Encode)];

    private void DropFinishedSegments(bool again = false)
    {
        if (_undeleted is not null && !again)
        {
            return;
        }

        string? kept = null;
        while (kept is null && _segments.TryPeek(out var oldest) && oldest != _active && oldest.Open == 0)
        {
            try
            {
                File.Delete(oldest.Path);
                _segments.Dequeue();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                kept = $"The journal keeps segments that are done with, because its disk does not delete them ({exception.Message}). They take room, and after a restart what they hold is told again, which changes nothing; it tries again by itself.";
            }
        }

        Volatile.Write(ref _undeleted, kept);
    }

    private sealed class Entry(JournalSegment segment)
    {
        public JournalSegment Segment { get; } = segment;

        /// <summary>Of its last record; null before the first one and after its acknowledgement.</summary>
        public JournalKind? Kind { get; set; }

        /// <summary>Of a finished one.</summary>
        public DateTimeOffset EndedAt { get; set; }

        /// <summary>Of one that was finished, whatever became of it.</summary>
        public JournalPlace End { get; set; }
    }
}
