using CsCheck;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Metering.V1;
using Platform.Routing.Journal;

namespace Platform.Routing.Tests.Journal;

/// <summary>What the journal says of leases: exact after any crash, whatever segments were deleted before it.</summary>
public sealed class LeaseJournalTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>
    /// A segment as the first release wrote it: attempts 1 to 6 left after their intent, sending, finished (77 nanos), unsent, unknown and refused.
    /// </summary>
    private const string FirstRelease = """
        ngAAAC/FKTsBAYkAAAAAcACAAAAAAAAAAegDAAAAAAAAAwBVU0QKF2dhdGV3YXkvZ3ctMDEyMzQ1Njc4OWFiEiQwMTg5MDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDEaJDAxODkwMDAwLT
        AwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMSgBMgYIwOj10AY6DHRlYW1fc3VwcG9ydIABBJ4AAABHwTDbAQGJAAAAAHAAgAAAAAAAAALQBwAAAAAAAAMAVVNEChdnYXRld2F5L2d3LTAxMjM0NTY3
        ODlhYhIkMDE4OTAwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAyGiQwMTg5MDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDIoATIGCMDo9dAGOgx0ZWFtX3N1cHBvcnSAAQSeAAAAda
        sQYAEBiQAAAABwAIAAAAAAAAADuAsAAAAAAAADAFVTRAoXZ2F0ZXdheS9ndy0wMTIzNDU2Nzg5YWISJDAxODkwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMxokMDE4OTAwMDAtMDAwMC03
        MDAwLTgwMDAtMDAwMDAwMDAwMDAzKAEyBgjA6PXQBjoMdGVhbV9zdXBwb3J0gAEEngAAAGa/7h4BAYkAAAAAcACAAAAAAAAABKAPAAAAAAAAAwBVU0QKF2dhdGV3YXkvZ3ctMDEyMzQ1Njc4OWFiEi
        QwMTg5MDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDQaJDAxODkwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwNCgBMgYIwOj10AY6DHRlYW1fc3VwcG9ydIABBJ4AAADpq1yYAQGJ
        AAAAAHAAgAAAAAAAAAWIEwAAAAAAAAMAVVNEChdnYXRld2F5L2d3LTAxMjM0NTY3ODlhYhIkMDE4OTAwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDA1GiQwMTg5MDAwMC0wMDAwLTcwMDAtOD
        AwMC0wMDAwMDAwMDAwMDUoATIGCMDo9dAGOgx0ZWFtX3N1cHBvcnSAAQSeAAAA8x1CbQEBiQAAAABwAIAAAAAAAAAGcBcAAAAAAAADAFVTRAoXZ2F0ZXdheS9ndy0wMTIzNDU2Nzg5YWISJDAxODkw
        MDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwNhokMDE4OTAwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDA2KAEyBgjA6PXQBjoMdGVhbV9zdXBwb3J0gAEEGwAAAGdn+pUCAYkAAAAAcA
        CAAAAAAAAAAgAAAAAAAAAAAAAbAAAAppCLAgIBiQAAAABwAIAAAAAAAAADAAAAAAAAAAAAAKQAAAD3CtQ+AwGJAAAAAHAAgAAAAAAAAANNAAAAAAAAAAAAChdnYXRld2F5L2d3LTAxMjM0NTY3ODlh
        YhIkMDE4OTAwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAzGiQwMTg5MDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDMoATIGCMDo9dAGOgx0ZWFtX3N1cHBvcnSAAQR6BAgDIASIAQ
        EwAAAASAJ0qgQBiQAAAABwAIAAAAAAAAAEAAAAAAAAAAAVAHdhbGxldCBkaWQgbm90IGFuc3dlchsAAAAzO5t/AgGJAAAAAHAAgAAAAAAAAAUAAAAAAAAAAAAAHgAAAC3pX0EFAYkAAAAAcACAAAAA
        AAAABQAAAAAAAAAAAwBjdXQbAAAA8GnzvgYBiQAAAABwAIAAAAAAAAAGAAAAAAAAAAAAAA==
        """;

    private readonly string _root = Directory.CreateTempSubdirectory("kt-journal-").FullName;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));

    [Fact]
    public void Journal_of_the_first_release_is_read_as_it_was_meant()
    {
        using var replica = ReplicaDirectory.Take(_root);
        File.WriteAllBytes(JournalContents.PathOf(replica.Path, 1), Convert.FromBase64String(string.Concat(FirstRelease.Split((char[]?)null))));
        using var journal = Open(replica);
        Assert.Equal(
            [
                "1 Intent 1000 USD", "2 Sending 0", "3 Finished 77", "4 Unsent 0 wallet did not answer", "5 Unknown 0 cut", "6 Refused 0",
            ],
            journal.Recovered.Select(attempt => $"{attempt.AttemptId.ToString()[^1]} {attempt.Last.Kind} {attempt.Last.AmountNanos} {attempt.Last.Text}".TrimEnd()));
        Assert.Equal(new Tokens { Input = 3, Output = 4 }, journal.Recovered[2].Last.Event!.Tokens);
        Assert.All(journal.Recovered, attempt => Assert.Null(attempt.Intent.LeaseId));
        Assert.Empty(journal.Leases());
        Assert.Empty(journal.Damages);
    }

    [Fact]
    public void Ends_of_a_leases_attempts_add_up_and_everything_else_adds_nothing()
    {
        using var replica = ReplicaDirectory.Take(_root);
        using var journal = Open(replica);
        var (lease, closed) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        Begin(journal, lease);
        Begin(journal, closed);
        Append(journal, JournalKind.Leased, lease, bound: 100);
        Finish(journal, lease, bound: 100, cost: 30);
        Finish(journal, lease, bound: 100, cost: 130);
        var unknown = Append(journal, JournalKind.Leased, lease, bound: 100);
        Append(journal, JournalKind.LeasedUnknown, lease, bound: 100, id: unknown);
        var refused = Append(journal, JournalKind.Leased, lease, bound: 100);
        Finish(journal, lease, bound: 100, cost: 7, refused);
        Append(journal, JournalKind.LeasedRefused, lease, bound: 7, id: refused);
        var unsent = Append(journal, JournalKind.Leased, lease, bound: 100);
        journal.Append(new JournalRecord(JournalKind.Unsent, unsent, Text: "no route"));
        Finish(journal, closed, bound: 100, cost: 50);
        journal.Append(new JournalRecord(JournalKind.LeaseClosed, closed));
        Finish(journal, closed, bound: 100, cost: 50);

        Assert.Equal([(lease, new LeaseRecord(30 + 100 + 100 + 7, "boot"))], journal.Leases().Select(known => (known.Key, known.Value)));
        using var reopened = Open(Copy(replica));
        Assert.Equal(journal.Leases(), reopened.Leases());
        var attempts = reopened.Recovered.ToDictionary(attempt => attempt.AttemptId);
        Assert.Equal(
            (JournalKind.LeasedUnknown, JournalKind.LeasedRefused, JournalKind.Unsent),
            (attempts[unknown].Last.Kind, attempts[refused].Last.Kind, attempts[unsent].Last.Kind));
        Assert.Equal(lease, attempts[unsent].Intent.LeaseId);
        Assert.Equal(("team_support", lease.ToString()), (attempts[unknown].Last.Event!.TeamId, attempts[unknown].Last.Event!.LeaseId));
    }

    /// <summary>Attempts of three leases end and are acknowledged in a random order, over many small segments of which most are deleted.</summary>
    [Fact]
    public void Totals_are_exact_whatever_segments_are_gone() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 3], Gen.Long[0, 150], Gen.Int[0, 5]).Array[20, 200].Sample(
            Totals, writeLine: output.WriteLine, iter: 25, threads: 1);

    private void Totals((int Lease, int Kind, long Cost, int Lag)[] steps)
    {
        var root = Directory.CreateDirectory(Path.Combine(_root, Path.GetRandomFileName())).FullName;
        using var replica = ReplicaDirectory.Take(root);
        using var journal = Open(replica, segmentBytes: 4096);
        var leases = Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7()).ToArray();
        var expected = leases.ToDictionary(lease => lease, _ => 0L);
        var unacknowledged = new Queue<Guid>();
        Array.ForEach(leases, lease => Begin(journal, lease));
        foreach (var (index, kind, cost, lag) in steps)
        {
            var lease = leases[index];
            var attempt = Append(journal, JournalKind.Leased, lease, bound: 100);
            if (kind == 0)
            {
                journal.Append(new JournalRecord(JournalKind.Unsent, attempt));
            }
            else if (kind == 1)
            {
                Append(journal, JournalKind.LeasedUnknown, lease, bound: 100, id: attempt);
                expected[lease] += 100;
            }
            else
            {
                Finish(journal, lease, bound: 100, cost, attempt);
                expected[lease] += Math.Min(100, cost);
            }

            unacknowledged.Enqueue(attempt);
            while (unacknowledged.Count > lag)
            {
                journal.Acknowledge(unacknowledged.Dequeue());
            }

            Assert.Equal(expected, journal.Leases().ToDictionary(known => known.Key, known => known.Value.DrawnNanos));
        }

        Assert.True(Directory.GetFiles(replica.Path, "*.journal").Length <= 3);
        using var reopened = Open(Copy(replica));
        Assert.Equal(expected, reopened.Leases().ToDictionary(known => known.Key, known => known.Value.DrawnNanos));
        Assert.True(reopened.LeasesAreComplete);
        Assert.All(reopened.Leases(), known => Assert.Equal("boot", known.Value.Boot));
    }

    [Fact]
    public void Journal_that_was_closed_in_order_is_complete_even_if_the_machine_restarts()
    {
        var lease = Guid.CreateVersion7();
        using var replica = ReplicaDirectory.Take(_root);
        using (var journal = Open(replica))
        {
            Begin(journal, lease);
            Finish(journal, lease, bound: 100, cost: 60);
        }

        using var reopened = Open(replica);
        Assert.Equal(new LeaseRecord(60, ""), reopened.Leases()[lease]);
    }

    [Fact]
    public void Record_that_was_cut_short_at_the_very_end_was_never_relied_on_and_is_cut_off()
    {
        var lease = Guid.CreateVersion7();
        using var replica = ReplicaDirectory.Take(_root);
        using var journal = Open(replica);
        Begin(journal, lease);
        Finish(journal, lease, bound: 100, cost: 60);
        var path = JournalContents.PathOf(replica.Path, 1);
        var whole = new FileInfo(path).Length;
        Append(journal, JournalKind.Leased, lease, bound: 100);
        var next = new FileInfo(path).Length;
        for (var length = whole + 1; length < next; length++)
        {
            var copy = Copy(replica);
            Truncate(JournalContents.PathOf(copy.Path, 1), length);
            using (var reopened = Open(copy))
            {
                Assert.Equal((true, 60), (reopened.LeasesAreComplete, reopened.Leases()[lease].DrawnNanos));
                Assert.Single(reopened.Damages);
            }

            using var again = Open(copy);
            Assert.Equal((true, 0), (again.LeasesAreComplete, again.Damages.Count));
            copy.Dispose();
        }
    }

    [Fact]
    public void Damage_makes_the_totals_a_lower_limit()
    {
        var lease = Guid.CreateVersion7();
        using var replica = ReplicaDirectory.Take(_root);
        using var journal = Open(replica);
        Begin(journal, lease);
        Finish(journal, lease, bound: 100, cost: 60);
        Finish(journal, lease, bound: 100, cost: 60);
        using var copy = Copy(replica);
        var path = JournalContents.PathOf(copy.Path, 1);
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 0x5A;
        File.WriteAllBytes(path, bytes);
        using var reopened = Open(copy);
        Assert.Equal((false, 60), (reopened.LeasesAreComplete, reopened.Leases()[lease].DrawnNanos));
    }

    [Fact]
    public void End_that_the_journal_refuses_is_kept_and_gives_back_only_once_it_is_written()
    {
        using var replica = ReplicaDirectory.Take(_root);
        using var journal = Open(replica, segmentBytes: 4096);
        var unwritten = new UnwrittenEnds(journal);
        var lease = Guid.CreateVersion7();
        Begin(journal, lease);
        while (new FileInfo(JournalContents.PathOf(replica.Path, 1)).Length < 4096)
        {
            Append(journal, JournalKind.Leased, lease, bound: 100);
        }

        // The next record needs segment 2, whose name is taken.
        var blocked = Directory.CreateDirectory(JournalContents.PathOf(replica.Path, 2));
        var given = new List<string>();
        unwritten.Keep(Ended(lease, 100, 10), () => given.Add("first"));
        unwritten.Keep(Ended(lease, 100, 20), () => given.Add("second"));
        unwritten.TryWrite();
        Assert.Empty(given);
        blocked.Delete();
        unwritten.TryWrite();
        unwritten.TryWrite();
        Assert.Equal(["first", "second"], given);
        Assert.Equal(30, journal.Leases()[lease].DrawnNanos);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private AttemptJournal Open(ReplicaDirectory replica, int segmentBytes = 1024 * 1024) =>
        new(replica, Options.Create(new JournalOptions { Directory = _root, SegmentBytes = segmentBytes }), _time);

    private static void Begin(AttemptJournal journal, Guid lease) => journal.Append(new JournalRecord(JournalKind.LeaseTotal, lease, Text: "boot"));

    private static Guid Append(AttemptJournal journal, JournalKind kind, Guid lease, long bound, Guid? id = null)
    {
        var attempt = id ?? Guid.CreateVersion7();
        journal.Append(new JournalRecord(kind, attempt, bound, "USD", Event(attempt, lease, bound)));
        return attempt;
    }

    private static Guid Finish(AttemptJournal journal, Guid lease, long bound, long cost, Guid? id = null)
    {
        var ended = Ended(lease, bound, cost, id);
        journal.Append(ended);
        return ended.AttemptId;
    }

    private static JournalRecord Ended(Guid lease, long bound, long cost, Guid? id = null)
    {
        var attempt = id ?? Guid.CreateVersion7();
        return new JournalRecord(JournalKind.Finished, attempt, cost, Event: Event(attempt, lease, bound));
    }

    private static UsageEvent Event(Guid attempt, Guid lease, long bound) => new()
    {
        AttemptId = attempt.ToString(), TeamId = "team_support", LeaseId = lease.ToString(), BoundNanos = bound,
    };

    private static void Truncate(string path, long length)
    {
        using var file = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(length);
    }

    /// <summary>What a process that was killed now would leave, taken by another.</summary>
    private ReplicaDirectory Copy(ReplicaDirectory replica)
    {
        var root = Directory.CreateDirectory(Path.Combine(_root, "copy-" + Path.GetRandomFileName())).FullName;
        var target = Directory.CreateDirectory(Path.Combine(root, "01")).FullName;
        foreach (var file in Directory.EnumerateFiles(replica.Path).Where(file => Path.GetFileName(file) != "lock"))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        return ReplicaDirectory.Take(root);
    }
}
