using Microsoft.Extensions.Options;
using Microsoft.Win32.SafeHandles;

namespace Platform.Routing.Journal;

/// <summary>How the journal stands.</summary>
/// <param name="InFlight">Attempts with an intent and no end.</param>
/// <param name="Unshipped">Finished attempts that Metering has not acknowledged.</param>
internal readonly record struct JournalStanding(long InFlight, long Unshipped, DateTimeOffset? OldestUnshippedAt);

/// <summary>
/// The replica's append-only record of its attempts, in numbered segment files. A record is written (not merely buffered) before the call goes on, so it
/// survives the process; <see cref="Flush"/> forces it to the disk, off the calls' path. Segments are deleted from the oldest on, each when all attempts
/// that begin in it are ended and acknowledged; so an end is never deleted before its intent.
/// </summary>
internal sealed class AttemptJournal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Lock _flushing = new();
    private readonly TimeProvider _time;
    private readonly string _directory;
    private readonly int _segmentBytes;
    private readonly Queue<Segment> _segments = new();
    private readonly List<Segment> _sealed = [];
    private readonly Dictionary<Guid, Entry> _attempts = [];
    private Segment _active;
    private bool _dirty;
    private string? _broken;

    /// <summary>Reads what an earlier process left in the folder and begins a new segment behind it.</summary>
    public AttemptJournal(ReplicaDirectory directory, IOptions<JournalOptions> options, TimeProvider time)
    {
        _time = time;
        _directory = directory.Path;
        _segmentBytes = options.Value.SegmentBytes;
        var contents = JournalContents.Read(_directory);
        Recovered = contents.Attempts;
        Damages = contents.Damages;
        foreach (var left in contents.Segments)
        {
            _segments.Enqueue(new Segment(left.Number, left.Path, null));
        }

        foreach (var attempt in Recovered)
        {
            var segment = _segments.First(candidate => candidate.Number == attempt.Segment);
            segment.Open++;
            _attempts.Add(attempt.AttemptId, new Entry(segment) { Kind = attempt.Last.Kind, EndedAt = time.GetUtcNow() });
        }

        _active = BeginSegment(contents.Segments.Count == 0 ? 1 : contents.Segments[^1].Number + 1);
    }

    /// <summary>Attempts of an earlier process that still owe something.</summary>
    public IReadOnlyList<RecoveredAttempt> Recovered { get; }

    /// <summary>One sentence a segment that could not be read to its end.</summary>
    public IReadOnlyList<string> Damages { get; }

    /// <summary>Why the journal takes no more records; null while it does.</summary>
    public string? Broken => Volatile.Read(ref _broken);

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

                // A write that fails half way leaves the end where it was: the next record overwrites what it left.
                RandomAccess.Write(_active.Handle!, frame, _active.Bytes);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new JournalUnwritableException("The journal cannot be written.", exception);
            }

            _active.Bytes += frame.Length;
            _dirty = true;
            Remember(record);
        }
    }

    /// <summary>Says that everything an ended attempt owed to others is done. Deletes the segments that nothing needs any longer.</summary>
    public void Acknowledge(Guid attemptId)
    {
        lock (_gate)
        {
            if (_attempts.Remove(attemptId, out var entry))
            {
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
            List<Segment> sealedNow;
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
            var unshipped = _attempts.Values.Where(entry => entry.Kind == JournalKind.Finished).ToList();
            return new JournalStanding(
                _attempts.Values.Count(entry => entry.Kind is JournalKind.Intent or JournalKind.Sending),
                unshipped.Count,
                unshipped.Count == 0 ? null : unshipped.Min(entry => entry.EndedAt));
        }
    }

    public void Dispose()
    {
        Flush();
        lock (_gate)
        {
            _active.Handle!.Dispose();
        }
    }

    private void Remember(JournalRecord record)
    {
        if (record.Kind == JournalKind.Intent)
        {
            if (_attempts.TryAdd(record.AttemptId, new Entry(_active)))
            {
                _active.Open++;
            }
        }
        else if (_attempts.TryGetValue(record.AttemptId, out var entry))
        {
            entry.Kind = record.Kind;
            entry.EndedAt = _time.GetUtcNow();
        }
    }

    private void Rotate()
    {
        var next = BeginSegment(_active.Number + 1);
        _sealed.Add(_active);
        _active = next;
        DropFinishedSegments();
    }

    private Segment BeginSegment(long number)
    {
        var path = JournalContents.PathOf(_directory, number);
        var segment = new Segment(number, path, File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete));
        _segments.Enqueue(segment);
        return segment;
    }

    private void DropFinishedSegments()
    {
        while (_segments.TryPeek(out var oldest) && oldest != _active && oldest.Open == 0)
        {
            _segments.Dequeue();
            File.Delete(oldest.Path);
        }
    }

    private sealed class Segment(long number, string path, SafeFileHandle? handle)
    {
        public long Number { get; } = number;

        public string Path { get; } = path;

        /// <summary>Null for what an earlier process wrote.</summary>
        public SafeFileHandle? Handle { get; } = handle;

        public long Bytes { get; set; }

        /// <summary>Attempts that begin here and are not acknowledged.</summary>
        public int Open { get; set; }
    }

    private sealed class Entry(Segment segment)
    {
        public Segment Segment { get; } = segment;

        public JournalKind Kind { get; set; } = JournalKind.Intent;

        public DateTimeOffset EndedAt { get; set; }
    }
}
