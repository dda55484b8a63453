using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Metering.V1;
using Platform.Routing.Journal;
using Platform.Routing.Shipping;

namespace Platform.Routing.Tests.Journal;

public sealed class JournalTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("kt-journal-").FullName;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));

    [Fact]
    public void Journal_killed_at_any_point_gives_back_what_was_written()
    {
        Guid[] ids = [.. Enumerable.Range(0, 6).Select(_ => Guid.CreateVersion7())];
        using var replica = ReplicaDirectory.Take(_root);
        using var journal = Open(replica);
        foreach (var id in ids)
        {
            journal.Append(Intent(id));
        }

        journal.Append(new JournalRecord(JournalKind.Sending, ids[1]));
        journal.Append(new JournalRecord(JournalKind.Sending, ids[2]));
        journal.Append(Finished(ids[2], 77));
        journal.Append(new JournalRecord(JournalKind.Unsent, ids[3], Text: "why é"));
        journal.Append(new JournalRecord(JournalKind.Unknown, ids[4], Text: "cut"));
        journal.Append(new JournalRecord(JournalKind.Refused, ids[5]));

        // What is in the files now, without flush or close, is what a killed process leaves.
        using var copy = ReplicaDirectory.Take(CopyOf(replica.Path));
        using var reopened = Open(copy);

        var last = reopened.Recovered.ToDictionary(attempt => attempt.AttemptId, attempt => attempt.Last);
        Assert.Equal(
            [JournalKind.Intent, JournalKind.Sending, JournalKind.Finished, JournalKind.Unsent, JournalKind.Unknown, JournalKind.Refused],
            ids.Select(id => last[id].Kind));
        Assert.Equal((77L, Finished(ids[2], 77).Event), (last[ids[2]].AmountNanos, last[ids[2]].Event));
        Assert.Equal("why é", last[ids[3]].Text);
        Assert.Equal(replica.Replica, copy.Replica);
        Assert.Equal(new JournalStanding(2, 1, _time.GetUtcNow()), reopened.Standing());
        Assert.Empty(reopened.Damages);
    }

    [Fact]
    public void Journal_torn_at_any_byte_gives_back_every_record_before_the_tear()
    {
        using var replica = ReplicaDirectory.Take(_root);
        using var journal = Open(replica);
        var path = JournalContents.PathOf(replica.Path, 1);
        var ends = new List<long>();
        for (var i = 0; i < 4; i++)
        {
            journal.Append(Intent(Guid.CreateVersion7()));
            ends.Add(new FileInfo(path).Length);
        }

        var whole = File.ReadAllBytes(CopyFile(path));
        for (var length = 0; length <= whole.Length; length++)
        {
            var (records, bytes) = JournalFrame.DecodeAll(whole.AsSpan(0, length));
            Assert.Equal(ends.Count(end => end <= length), records.Count);
            Assert.Equal(ends.LastOrDefault(end => end <= length), bytes);
        }
    }

    [Fact]
    public void Journal_with_any_flipped_byte_gives_back_nothing_false()
    {
        var ids = Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7()).ToArray();
        var whole = ids.SelectMany(id => JournalFrame.Encode(Intent(id))).ToArray();
        for (var at = 0; at < whole.Length; at++)
        {
            whole[at] ^= 0x5A;
            var (records, _) = JournalFrame.DecodeAll(whole);
            Assert.True(records.Count < 3);
            Assert.Equal(ids.Take(records.Count).Select(Intent), records);
            whole[at] ^= 0x5A;
        }
    }

    [Fact]
    public void Journal_deletes_a_segment_only_when_it_and_all_older_ones_are_acknowledged()
    {
        using var replica = ReplicaDirectory.Take(_root);
        using var journal = Open(replica, segmentBytes: 4096);
        var ids = new List<Guid>();
        while (SegmentsOf(replica).Count < 4)
        {
            ids.Add(Guid.CreateVersion7());
            journal.Append(Intent(ids[^1]));
            journal.Append(Finished(ids[^1], 1));
        }

        foreach (var id in ids.Skip(1))
        {
            journal.Acknowledge(id);
        }

        Assert.Equal(4, SegmentsOf(replica).Count);
        journal.Acknowledge(ids[0]);
        Assert.Equal([4L], SegmentsOf(replica));
        journal.Flush();

        using var copy = ReplicaDirectory.Take(CopyOf(replica.Path));
        using var reopened = Open(copy);
        Assert.All(reopened.Recovered, attempt => Assert.Equal(JournalKind.Finished, attempt.Last.Kind));
        foreach (var attempt in reopened.Recovered)
        {
            reopened.Acknowledge(attempt.AttemptId);
        }

        Assert.Equal(new JournalStanding(0, 0, null), reopened.Standing());
    }

    [Fact]
    public void Journal_repeated_intent_is_one_attempt_with_the_later_bound()
    {
        using var replica = ReplicaDirectory.Take(_root);
        using var journal = Open(replica);
        var id = Guid.CreateVersion7();
        journal.Append(Intent(id));
        journal.Append(Intent(id) with { AmountNanos = 5 });
        Assert.Equal(1, journal.Standing().InFlight);

        using var copy = ReplicaDirectory.Take(CopyOf(replica.Path));
        using var reopened = Open(copy);
        Assert.Equal(5, Assert.Single(reopened.Recovered).Intent.AmountNanos);
    }

    [Fact]
    public void Finished_attempt_is_read_with_one_event_whatever_its_end_became()
    {
        using var replica = ReplicaDirectory.Take(_root);
        using var journal = Open(replica);
        var (finished, refused) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        journal.Append(Intent(finished));
        journal.Append(Finished(finished, 77));
        journal.Append(Intent(refused));
        journal.Append(Finished(refused, 78));
        journal.Append(new JournalRecord(JournalKind.Unknown, refused, Text: "usage refused by Metering"));

        using var copy = ReplicaDirectory.Take(CopyOf(replica.Path));
        using var reopened = Open(copy);
        var read = reopened.Recovered.ToDictionary(attempt => attempt.AttemptId);
        Assert.Same(read[finished].Last.Event, read[finished].Intent.Event);
        Assert.Equal((JournalKind.Unknown, 123L, Finished(refused, 78).Event), (read[refused].Last.Kind, read[refused].Intent.AmountNanos, read[refused].Intent.Event));
    }

    [Fact]
    public void Journal_that_cannot_be_written_refuses_and_recovers_when_it_can()
    {
        using var replica = ReplicaDirectory.Take(_root);
        using var journal = Open(replica, segmentBytes: 4096);
        while (new FileInfo(JournalContents.PathOf(replica.Path, 1)).Length < 4096)
        {
            journal.Append(Intent(Guid.CreateVersion7()));
        }

        // The next record needs segment 2, whose name is taken.
        var blocked = Directory.CreateDirectory(JournalContents.PathOf(replica.Path, 2));
        Assert.Throws<JournalUnwritableException>(() => journal.Append(Intent(Guid.CreateVersion7())));
        blocked.Delete();
        journal.Append(Intent(Guid.CreateVersion7()));
        Assert.Null(journal.Broken);
    }

    [Fact]
    public async Task Gateway_whose_journal_cannot_be_written_is_unhealthy_until_it_can_though_no_call_tries()
    {
        using var replica = ReplicaDirectory.Take(_root);
        using var journal = Open(replica, segmentBytes: 4096);
        var log = new Lines();
        using var flusher = new JournalFlusher(journal, new UnwrittenEnds(journal), Options.Create(new JournalOptions()), _time, log);
        while (new FileInfo(JournalContents.PathOf(replica.Path, 1)).Length < 4096)
        {
            journal.Append(Intent(Guid.CreateVersion7()));
        }

        var begun = journal.Standing();
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync()).Status);

        var blocked = Directory.CreateDirectory(JournalContents.PathOf(replica.Path, 2));
        Assert.Throws<JournalUnwritableException>(() => journal.Append(Intent(Guid.CreateVersion7())));
        flusher.Tick();
        flusher.Tick();
        var refused = await HealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, refused.Status);
        Assert.StartsWith("The journal cannot be written (", refused.Description, StringComparison.Ordinal);
        Assert.Equal([$"Critical {refused.Description}"], log);

        blocked.Delete();
        flusher.Tick();
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync()).Status);
        Assert.Equal("Information The journal is written again.", log[1]);

        // What it tried with is nobody's attempt, now and after a crash.
        Assert.Equal(begun, journal.Standing());
        using var copy = ReplicaDirectory.Take(CopyOf(replica.Path));
        using var reopened = Open(copy);
        Assert.Equal((begun, true), (reopened.Standing(), reopened.LeasesAreComplete));
        Assert.Empty(reopened.Damages);

        Task<HealthCheckResult> HealthAsync() => flusher.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Disk_is_waited_for_on_no_thread_that_calls_are_answered_on()
    {
        using var replica = ReplicaDirectory.Take(_root);
        using var journal = Open(replica, segmentBytes: 4096);
        while (new FileInfo(JournalContents.PathOf(replica.Path, 1)).Length < 4096)
        {
            journal.Append(Intent(Guid.CreateVersion7()));
        }

        Directory.CreateDirectory(JournalContents.PathOf(replica.Path, 2));
        Assert.Throws<JournalUnwritableException>(() => journal.Append(Intent(Guid.CreateVersion7())));
        var log = new Lines();
        using var flusher = new JournalFlusher(journal, new UnwrittenEnds(journal), Options.Create(new JournalOptions()), TimeProvider.System, log);
        await flusher.StartAsync(TestContext.Current.CancellationToken);
        Assert.False(await log.FirstIsOfPool.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        await flusher.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Segment_that_the_disk_does_not_delete_stops_nobody_and_is_told_of_until_it_goes()
    {
        using var replica = ReplicaDirectory.Take(_root);
        using var journal = Open(replica, segmentBytes: 4096);
        var log = new Lines();
        using var flusher = new JournalFlusher(journal, new UnwrittenEnds(journal), Options.Create(new JournalOptions()), _time, log);
        var ids = new List<Guid>();
        while (SegmentsOf(replica).Count < 3)
        {
            ids.Add(Guid.CreateVersion7());
            journal.Append(Intent(ids[^1]));
        }

        // A folder of its name is what the disk does not delete.
        File.Delete(JournalContents.PathOf(replica.Path, 1));
        var blocked = Directory.CreateDirectory(JournalContents.PathOf(replica.Path, 1));
        ids.ForEach(journal.Acknowledge);
        journal.Append(Intent(Guid.CreateVersion7()));
        flusher.Tick();
        flusher.Tick();
        var kept = await HealthAsync();
        Assert.Equal((HealthStatus.Degraded, new JournalStanding(1, 0, null)), (kept.Status, journal.Standing()));
        Assert.Equal([$"Error {kept.Description}"], log);
        Assert.Equal([2L, 3L], SegmentsOf(replica));

        blocked.Delete();
        _time.Advance(TimeSpan.FromSeconds(1));
        flusher.Tick();
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync()).Status);
        Assert.Equal([3L], SegmentsOf(replica));

        Task<HealthCheckResult> HealthAsync() => flusher.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Replicas_never_share_a_folder_and_come_back_to_their_identity()
    {
        var first = ReplicaDirectory.Take(_root);
        using var second = ReplicaDirectory.Take(_root);
        Assert.NotEqual(first.Path, second.Path);
        Assert.NotEqual(first.Replica, second.Replica);

        first.Dispose();
        using var third = ReplicaDirectory.Take(_root);
        Assert.Equal((first.Path, first.Replica), (third.Path, third.Replica));
    }

    [Fact]
    public async Task Replica_folder_held_by_another_process_is_not_taken()
    {
        using (var made = ReplicaDirectory.Take(_root))
        {
            Assert.EndsWith("01", made.Path);
        }

        // -o: flock alone holds it, not its child, so that it is free as soon as flock has gone.
        using var other = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("flock", ["-o", Path.Combine(_root, "01", "lock"), "sh", "-c", "echo held; read -r _"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("held", await other.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        using (var mine = ReplicaDirectory.Take(_root))
        {
            Assert.EndsWith("02", mine.Path);
        }

        other.Kill(entireProcessTree: true);
        await other.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        using var free = ReplicaDirectory.Take(_root);
        Assert.EndsWith("01", free.Path);
    }

    [Theory]
    [InlineData(nameof(JournalKind.Intent), false, nameof(RecoveryAction.Release))]
    [InlineData(nameof(JournalKind.Unsent), false, nameof(RecoveryAction.Release))]
    [InlineData(nameof(JournalKind.Sending), false, nameof(RecoveryAction.Suspend))]
    [InlineData(nameof(JournalKind.Unknown), false, nameof(RecoveryAction.Suspend))]
    [InlineData(nameof(JournalKind.Finished), false, nameof(RecoveryAction.Ship))]
    [InlineData(nameof(JournalKind.Refused), false, nameof(RecoveryAction.Nothing))]
    [InlineData(nameof(JournalKind.Leased), true, nameof(RecoveryAction.SuspendDraw))]
    [InlineData(nameof(JournalKind.LeasedUnknown), true, nameof(RecoveryAction.SuspendDraw))]
    [InlineData(nameof(JournalKind.LeasedRefused), true, nameof(RecoveryAction.SuspendDraw))]
    [InlineData(nameof(JournalKind.Finished), true, nameof(RecoveryAction.Ship))]
    [InlineData(nameof(JournalKind.Unsent), true, nameof(RecoveryAction.Nothing))]
    public void Recovery_owes_what_the_last_record_says(string last, bool isLeased, string action) =>
        Assert.Equal(Enum.Parse<RecoveryAction>(action), RecoverAtStart.Decide(Enum.Parse<JournalKind>(last), isLeased));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private AttemptJournal Open(ReplicaDirectory replica, int segmentBytes = 1024 * 1024) =>
        new(replica, Options.Create(new JournalOptions { Directory = _root, SegmentBytes = segmentBytes }), _time);

    private static JournalRecord Intent(Guid id) => new(JournalKind.Intent, id, 123, "USD", new UsageEvent { AttemptId = id.ToString(), TeamId = "team_support", PriceId = 4 });

    private static JournalRecord Finished(Guid id, long cost) =>
        new(JournalKind.Finished, id, cost, Event: new UsageEvent { AttemptId = id.ToString(), Tokens = new Tokens { Input = 3, Output = 4 } });

    private static List<long> SegmentsOf(ReplicaDirectory replica) =>
        [.. Directory.EnumerateFiles(replica.Path, "*.journal").Select(path => long.Parse(Path.GetFileNameWithoutExtension(path))).Order()];

    private string CopyFile(string path)
    {
        var copy = Path.Combine(_root, Path.GetRandomFileName());
        File.Copy(path, copy);
        return copy;
    }

    /// <summary>A journal directory whose first replica folder is a copy of the given one.</summary>
    private string CopyOf(string replicaPath)
    {
        var root = Directory.CreateDirectory(Path.Combine(_root, "copy-" + Path.GetRandomFileName())).FullName;
        var target = Directory.CreateDirectory(Path.Combine(root, "01")).FullName;
        foreach (var file in Directory.EnumerateFiles(replicaPath).Where(file => Path.GetFileName(file) != "lock"))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        return root;
    }

    private sealed class Lines : List<string>, ILogger<JournalFlusher>
    {
        private readonly TaskCompletionSource<bool> _first = new();

        /// <summary>Whether the first line was written on one of the pool's threads, once there is one.</summary>
        public Task<bool> FirstIsOfPool => _first.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Add($"{logLevel} {formatter(state, exception)}");
            _first.TrySetResult(Thread.CurrentThread.IsThreadPoolThread);
        }
    }
}
