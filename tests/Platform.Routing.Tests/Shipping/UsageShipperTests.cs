using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Holds;
using Platform.Routing.Journal;
using Platform.Routing.Shipping;
using Platform.Routing.Tests.Leases;
using Platform.ServiceDefaults.Grpc;
using Platform.Testing;

namespace Platform.Routing.Tests.Shipping;

/// <summary>What becomes of usage that Metering does not take, under a clock that the test moves. Memory keeps the usage of a hundred attempts.</summary>
public sealed class UsageShipperTests : IAsyncDisposable
{
    private const int Held = 100;
    private const int MostInABatch = 1_000;

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly string _root = Directory.CreateTempSubdirectory("kt-shipper-").FullName;
    private readonly FakeMetering _metering = new();
    private Gateway _gateway;

    public UsageShipperTests() => _gateway = new Gateway(_root, _metering, _time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Refused_usage_that_the_disk_does_not_keep_is_told_again_until_it_does_and_is_kept_once()
    {
        _metering.Says = () => RecordOutcome.Invalid;
        var blocked = Directory.CreateDirectory(_gateway.DeadLetters.Path);
        Finish(5);
        await _gateway.Shipper.StartAsync(Cancel);
        await PassAsync(() => _metering.Told.Count >= 10, "the refused usage to be told again");
        Assert.Equal(5, _gateway.Journal.Standing().Unshipped);

        // A line a batch, and the first was of all of them.
        Assert.StartsWith("The refused usage of 5 attempts, ", _gateway.Criticals.First(), StringComparison.Ordinal);
        Assert.InRange(_gateway.Criticals.Count, 1, _metering.Asked);

        blocked.Delete();
        await PassAsync(() => _gateway.Journal.Standing().Unshipped == 0, "the refused usage to be kept");
        Assert.Equal(5, _gateway.DeadLetters.Count());
    }

    [Fact]
    public async Task Usage_that_waits_is_held_up_to_a_number_and_told_in_order_and_once_when_metering_is_back()
    {
        _metering.Says = () => throw new RpcException(new Status(StatusCode.Unavailable, "down"));
        await _gateway.Shipper.StartAsync(Cancel);
        var events = Finish(5_000);
        await PassAsync(() => _metering.Asked > 2, "metering to be asked");
        Assert.InRange(Alive(events), 1, Held + MostInABatch);

        _metering.Says = () => RecordOutcome.Accepted;
        await PassAsync(() => _gateway.Journal.Standing().Unshipped == 0, "all usage to be told");
        Assert.Equal(Enumerable.Range(0, 5_000), _metering.Told.Select(told => (int)told.Tokens.Input));
        Assert.Single(Directory.EnumerateFiles(_gateway.Folder, "*.journal"));
    }

    [Fact]
    public async Task Killed_gateway_tells_what_waited_after_its_restart_and_holds_no_more_of_it()
    {
        // One was refused by Metering, which its journal says and Wallet does not know yet.
        Finish(3_000);
        var refused = Guid.CreateVersion7();
        _gateway.Journal.Append(new JournalRecord(JournalKind.Intent, refused, 9, "USD", new UsageEvent { AttemptId = refused.ToString(), TeamId = "team_a" }));
        _gateway.Journal.Append(new JournalRecord(JournalKind.Finished, refused, 9, Event: new UsageEvent { AttemptId = refused.ToString(), TeamId = "team_a" }));
        _gateway.Journal.Append(new JournalRecord(JournalKind.Unknown, refused, Text: "usage refused by Metering"));

        // What is in the files now, without flush or close, is what a killed process leaves.
        await using var killed = _gateway;
        _gateway = new Gateway(CopyOf(killed.Folder), _metering, _time);
        Assert.Equal(Held, _gateway.Journal.Recovered.Count(attempt => attempt.Last.Event is not null));
        Assert.Equal((3_000L, _time.GetUtcNow() - TimeSpan.FromHours(1)), (_gateway.Journal.Standing().Unshipped, _gateway.Journal.Standing().OldestUnshippedAt));
        await _gateway.StartAsync();
        await PassAsync(() => _gateway.Journal.Standing().Unshipped == 0, "all usage to be told");
        await PassAsync(() => _gateway.Wallet.Calls.Contains("SuspendHold"), "the refused attempt to be suspended");
        Assert.Equal(Enumerable.Range(0, 3_000), _metering.Told.Select(told => (int)told.Tokens.Input));
    }

    [Fact]
    public async Task Usage_that_the_disk_does_not_give_lets_others_pass_and_is_told_when_it_does()
    {
        _metering.Says = () => throw new RpcException(new Status(StatusCode.Unavailable, "down"));
        await _gateway.Shipper.StartAsync(Cancel);
        Finish(2_500);
        await PassAsync(() => _metering.Asked > 0, "metering to be asked");
        // Beyond the first batch, which may be full, and what memory has.
        var segment = Directory.EnumerateFiles(_gateway.Folder, "*.journal").Order().SkipLast(3).Last();
        File.Move(segment, segment + ".away");
        _metering.Says = () => RecordOutcome.Accepted;
        await PassAsync(() => _metering.Told.Any(told => told.Tokens.Input == 2_499), "the last to be told");
        Assert.InRange(_gateway.Journal.Standing().Unshipped, 1, 2_499);

        File.Move(segment + ".away", segment);
        await PassAsync(() => _gateway.Journal.Standing().Unshipped == 0, "the others to be told");
        Assert.Equal(Enumerable.Range(0, 2_500), _metering.Told.Select(told => (int)told.Tokens.Input).Order());
    }

    /// <summary>Every 400th of a thousand events is one that Metering fails at.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(StatusCode.Internal)]
    [InlineData(StatusCode.Unknown)]
    [InlineData(StatusCode.ResourceExhausted)]
    [InlineData(StatusCode.DeadlineExceeded)]
    public async Task Usage_that_metering_fails_at_lets_all_others_pass_and_is_told_when_it_does_not(StatusCode? status)
    {
        _metering.FailsAt = told => told.Tokens.Input % 400 == 399 ? status is { } code ? new RpcException(new Status(code, "no")) : new InvalidOperationException("a bug") : null;
        Finish(1_000);
        await _gateway.Shipper.StartAsync(Cancel);
        await PassAsync(() => _gateway.Journal.Standing().Unshipped == 2, "the others to be told");
        Assert.False(_gateway.Shipper.ExecuteTask!.IsCompleted);
        Assert.Equal(Enumerable.Range(0, 1_000).Where(input => input % 400 != 399), _metering.Told.Select(told => (int)told.Tokens.Input));

        Finish(3);
        await PassAsync(() => _gateway.Journal.Standing().Unshipped == 2, "what came later to be told");
        _metering.FailsAt = _ => null;
        await PassAsync(() => _gateway.Journal.Standing().Unshipped == 0, "the two to be told");
    }

    [Fact]
    public async Task Metering_that_fails_at_everything_is_not_asked_more_often_than_one_that_is_away()
    {
        _metering.FailsAt = _ => new RpcException(new Status(StatusCode.Internal, "no"));
        Finish(100);
        await _gateway.Shipper.StartAsync(Cancel);
        var began = _time.GetUtcNow();
        await PassAsync(() => _time.GetUtcNow() - began > TimeSpan.FromMinutes(5), "five minutes to pass");
        Assert.InRange(_metering.Asked, 2, 75);
        _metering.FailsAt = _ => null;
        await PassAsync(() => _gateway.Journal.Standing().Unshipped == 0, "all usage to be told");
        Assert.Equal(0, _gateway.DeadLetters.Count());
    }

    [Fact]
    public async Task Usage_with_the_largest_tags_and_one_more_long_field_than_today_is_told_in_messages_that_metering_takes()
    {
        const int attempts = 1_100;
        for (var input = 0; input < attempts; input++)
        {
            var attemptId = Guid.CreateVersion7();
            var usage = new UsageEvent { AttemptId = attemptId.ToString(), LeaseId = Guid.CreateVersion7().ToString(), BoundNanos = 5, Tokens = new Tokens { Input = input } };
            _gateway.Journal.Append(new JournalRecord(JournalKind.Leased, attemptId, 5, "USD", usage.Clone()));
            usage.RouteReason = new string('r', 4_000);
            for (var tag = 0; tag < 20; tag++)
            {
                // Three bytes a letter.
                usage.Tags.Add($"tag_{tag}", new string('\u6f22', 250));
            }

            _gateway.Journal.Append(new JournalRecord(JournalKind.Finished, attemptId, 0, Event: usage));
            _gateway.Shipper.Ship(attemptId, usage, 0);
        }

        await _gateway.Shipper.StartAsync(Cancel);
        await PassAsync(() => _gateway.Journal.Standing().Unshipped == 0, "all usage to be told");
        Assert.Equal(Enumerable.Range(0, attempts), _metering.Told.Select(told => (int)told.Tokens.Input));
        Assert.InRange(_metering.Asked, 2, 5);
    }

    private string CopyOf(string folder)
    {
        var root = Path.Combine(_root, "copy");
        var copy = Directory.CreateDirectory(Path.Combine(root, Path.GetFileName(folder))).FullName;
        foreach (var file in Directory.EnumerateFiles(folder).Where(file => Path.GetFileName(file) != "lock"))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return root;
    }

    /// <summary>Attempts that end now, the first with an input of 0 tokens, each with one more than the one before; every other one has a hold of its own. Answers their usage, which is not held here.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private List<WeakReference> Finish(int attempts)
    {
        var events = new List<WeakReference>();
        for (var input = 0; input < attempts; input++)
        {
            var attemptId = Guid.CreateVersion7();
            var finished = new UsageEvent
            {
                AttemptId = attemptId.ToString(), LeaseId = input % 2 == 0 ? Guid.CreateVersion7().ToString() : "", BoundNanos = input % 2 == 0 ? 5 : 0, Tokens = new Tokens { Input = input },
                OccurredAt = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(_time.GetUtcNow() - TimeSpan.FromHours(1)),
            };
            _gateway.Journal.Append(new JournalRecord(input % 2 == 0 ? JournalKind.Leased : JournalKind.Intent, attemptId, 5, "USD", finished));
            _gateway.Journal.Append(new JournalRecord(JournalKind.Finished, attemptId, 0, Event: finished));
            _gateway.Shipper.Ship(attemptId, finished, 0);
            events.Add(new WeakReference(finished));
        }

        return events;
    }

    private static int Alive(List<WeakReference> events)
    {
        GC.Collect();
        return events.Count(one => one.IsAlive);
    }

    private Task PassAsync(Func<bool> condition, string what) => Eventually.TrueAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(condition());
        },
        TimeSpan.FromSeconds(60), what);

    private sealed class Gateway : IAsyncDisposable
    {
        private readonly FakeTimeProvider _time;
        private readonly ReplicaDirectory _replica;
        private readonly HoldEndings _endings;
        private readonly CriticalLines _log = new();
        private readonly RecoverAtStart _recovery;

        public Gateway(string root, FakeMetering metering, FakeTimeProvider time)
        {
            _time = time;
            var options = Options.Create(new JournalOptions { Directory = root, SegmentBytes = 32 * 1024, HeldUsage = Held });
            _replica = ReplicaDirectory.Take(root);
            Journal = new AttemptJournal(_replica, options, time);
            DeadLetters = new DeadLetters(_replica, time);
            _endings = new HoldEndings(new Wallet.WalletClient(Wallet), ContractWallet.ClientOf(Wallet), Journal, DeadLetters, time, NullLogger<HoldEndings>.Instance);
            Shipper = new UsageShipper(new Usage.UsageClient(metering), Journal, DeadLetters, _endings, options, time, _log);
            _recovery = new RecoverAtStart(Journal, _endings, Shipper, NullLogger<RecoverAtStart>.Instance);
        }

        public string Folder => _replica.Path;

        public ContractWallet Wallet { get; } = new(0);

        public IReadOnlyCollection<string> Criticals => _log.Lines;

        public AttemptJournal Journal { get; }

        public DeadLetters DeadLetters { get; }

        public UsageShipper Shipper { get; }

        public async Task StartAsync()
        {
            await _endings.StartAsync(Cancel);
            await Shipper.StartAsync(Cancel);
            await _recovery.StartAsync(Cancel);
        }

        public async ValueTask DisposeAsync()
        {
            // It waits for what is queued, for a time that the test must let pass.
            var stopping = Task.WhenAll(Shipper.StopAsync(CancellationToken.None), _endings.StopAsync(CancellationToken.None));
            await Eventually.TrueAsync(
                () =>
                {
                    _time.Advance(TimeSpan.FromSeconds(1));
                    return Task.FromResult(stopping.IsCompleted);
                },
                TimeSpan.FromSeconds(30), "the gateway to stop");
            await stopping;

            Shipper.Dispose();
            _endings.Dispose();
            Journal.Dispose();
            _replica.Dispose();
        }
    }

    private sealed class CriticalLines : ILogger<UsageShipper>
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Critical;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                _lines.Enqueue(formatter(state, exception));
            }
        }
    }

    private sealed class FakeMetering : UnaryInvoker
    {
        private readonly Lock _gate = new();
        private readonly List<UsageEvent> _told = [];
        private int _asked;

        /// <summary>What one event meets; null: it is answered.</summary>
        public Func<UsageEvent, Exception?> FailsAt { get; set; } = _ => null;

        public Func<RecordOutcome> Says { get; set; } = () => RecordOutcome.Accepted;

        public int Asked => Volatile.Read(ref _asked);

        public IReadOnlyList<UsageEvent> Told
        {
            get
            {
                lock (_gate)
                {
                    return [.. _told];
                }
            }
        }

        protected override object Answer(object request)
        {
            Interlocked.Increment(ref _asked);
            if (((RecordRequest)request).CalculateSize() > PlatformGrpc.LargestMessageBytes)
            {
                throw new RpcException(new Status(StatusCode.ResourceExhausted, "Received message exceeds the maximum configured message size."));
            }

            if (((RecordRequest)request).Events.Select(FailsAt).FirstOrDefault(failure => failure is not null) is { } failure)
            {
                throw failure;
            }

            var outcome = Says();
            var answer = new RecordResponse();
            lock (_gate)
            {
                foreach (var told in ((RecordRequest)request).Events)
                {
                    _told.Add(told);
                    answer.Results.Add(new RecordResult { Outcome = outcome, Message = "No such thing." });
                }
            }

            return answer;
        }
    }
}
