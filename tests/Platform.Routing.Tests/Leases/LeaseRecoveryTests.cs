using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Holds;
using Platform.Routing.Journal;
using Platform.Routing.Leases;
using Platform.Routing.Shipping;
using Platform.Testing;

namespace Platform.Routing.Tests.Leases;

/// <summary>A process begins on the journal of another that died, and settles its leases. Every bound is 100 nanos.</summary>
public sealed class LeaseRecoveryTests : IAsyncDisposable
{
    private const long Funds = 100_000;
    private const long Granted = 2_000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly string _root = Directory.CreateTempSubdirectory("kt-recovery-").FullName;
    private readonly ContractWallet _wallet = new(Funds);
    private readonly Metering _metering = new();
    private readonly FakeTimeProvider _shipping = new(TimeProvider.System.GetUtcNow());
    private readonly List<IHostedService> _services = [];
    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private AttemptJournal? _journal;
    private bool _isShippingByHand;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lease_is_closed_by_what_the_journal_proves_after_unknown_attempts_went_to_suspense()
    {
        var lease = Acquire();
        var (finished, sending, unknown, unsent) = (NewId(), NewId(), NewId(), NewId());
        Write(journal =>
        {
            Begin(journal, lease);
            Leased(journal, lease, finished, sending, unknown, unsent);
            journal.Append(new JournalRecord(JournalKind.Finished, finished, 30, Event: Event(finished, lease)));
            journal.Append(new JournalRecord(JournalKind.LeasedUnknown, unknown, 100, "provider cut the stream", Event(unknown, lease)));
            journal.Append(new JournalRecord(JournalKind.Unsent, unsent, Text: "no route"));
        });
        await StartAsync();
        Assert.Empty(_journal!.Recovered);

        var held = _wallet.Lease(lease);
        await Eventually.TrueAsync(() => Task.FromResult(held.Closed), Limit, "the lease to be closed");
        Assert.Equal(30 + 100 + 100, held.Drawn);
        Assert.Equal(Funds - 230, _wallet.Available);
        Assert.Equal(new() { [sending.ToString()] = 100, [unknown.ToString()] = 100 }, held.Suspended);
        Assert.True(_wallet.Calls.LastIndexOf("SuspendDraw") < _wallet.Calls.IndexOf("Close"), string.Join(' ', _wallet.Calls));
        await Eventually.TrueAsync(() => Task.FromResult(_journal!.Standing() == new JournalStanding(0, 0, null)), Limit, "nothing to be owed");
        Assert.Equal([finished.ToString()], _metering.Recorded.Select(recorded => recorded.AttemptId));
        Assert.Empty(_journal!.Leases());
    }

    [Fact]
    public async Task Lease_that_the_journal_never_knew_goes_back_whole()
    {
        var lease = Acquire();
        Write(_ => { });
        await StartAsync();
        await Eventually.TrueAsync(() => Task.FromResult(_wallet.Lease(lease).Closed), Limit, "the lease to be closed");
        Assert.Equal((0, Funds), (_wallet.Lease(lease).Drawn, _wallet.Available));
    }

    [Fact]
    public async Task Leases_do_not_wait_for_one_anothers_end()
    {
        var made = 0;
        _wallet.ScopeOf = (_, _) => $"user-{++made}";
        var leases = Enumerable.Range(0, 20).Select(_ => Acquire()).ToList();
        Write(journal => leases.ForEach(lease => Begin(journal, lease)));
        var answer = new TaskCompletionSource();
        _wallet.ClosesUntil = answer.Task;
        await StartAsync();
        await Eventually.TrueAsync(() => Task.FromResult(leases.Count(lease => _wallet.Lease(lease).Closed) == 8), Limit, "eight to be asked for before one is answered");

        answer.SetResult();
        await Eventually.TrueAsync(() => Task.FromResult(leases.TrueForAll(lease => _wallet.Lease(lease).Closed) && _journal!.Leases().Count == 0), Limit, "all leases to be closed");
        Assert.Equal(Funds, _wallet.Available);
    }

    [Fact]
    public async Task Lease_of_another_boot_of_the_machine_is_closed_as_incomplete_and_nothing_returns()
    {
        var lease = Acquire();
        Write(journal => journal.Append(new JournalRecord(JournalKind.LeaseTotal, lease, Text: "the boot before")));
        await StartAsync();
        await Eventually.TrueAsync(() => Task.FromResult(_wallet.Lease(lease).Closed), Limit, "the lease to be closed");
        Assert.Equal((true, Funds - Granted), (_wallet.Lease(lease).Incomplete, _wallet.Available));
    }

    [Fact]
    public async Task Lease_of_which_wallet_was_told_more_than_the_journal_says_is_closed_as_incomplete()
    {
        var lease = Acquire();
        _wallet.Lease(lease).Drawn = 1;
        Write(journal => Begin(journal, lease));
        await StartAsync();
        await Eventually.TrueAsync(() => Task.FromResult(_wallet.Lease(lease).Closed), Limit, "the lease to be closed");
        Assert.True(_wallet.Lease(lease).Incomplete);
    }

    [Theory]
    [InlineData(30, 30)]
    [InlineData(130, 100)]
    public async Task Usage_that_metering_refuses_goes_to_suspense_at_what_it_drew_and_the_lease_is_closed_after_it(long cost, long suspended)
    {
        var lease = Acquire();
        var attempt = NewId();
        _metering.Refuses = true;
        WriteFinished(lease, attempt, cost);
        await StartAsync();
        await Eventually.TrueAsync(() => Task.FromResult(_wallet.Lease(lease).Suspended.Count == 1), Limit, "the attempt to be in suspense");
        Assert.Equal(suspended, _wallet.Lease(lease).Suspended[attempt.ToString()]);
        await Eventually.TrueAsync(() => Task.FromResult(_wallet.Lease(lease).Closed), Limit, "the lease to be closed");
        Assert.Equal(suspended, _wallet.Lease(lease).Drawn);
        Assert.Contains(attempt.ToString(), await File.ReadAllTextAsync(DeadLetterPath, Cancel));
    }

    [Fact]
    public async Task Usage_of_a_fast_clock_waits_in_the_journal_until_metering_takes_it()
    {
        var (lease, attempt) = (Acquire(), NewId());
        (_isShippingByHand, _metering.IsBehind) = (true, true);
        WriteFinished(lease, attempt, 30);
        await StartAsync();
        await AsksAsync(3);
        Assert.Equal((1, 0, false), (_journal!.Standing().Unshipped, _wallet.Lease(lease).Suspended.Count, File.Exists(DeadLetterPath)));

        _metering.IsBehind = false;
        await AsksAsync(1);
        Assert.Equal([attempt.ToString()], _metering.Recorded.Select(recorded => recorded.AttemptId));
        await Eventually.TrueAsync(() => Task.FromResult(_wallet.Lease(lease).Closed), Limit, "the lease to be closed");
        Assert.Equal(30, _wallet.Lease(lease).Drawn);
    }

    [Fact]
    public async Task Usage_that_lies_ahead_for_more_than_an_hour_is_of_a_wrong_clock_and_goes_to_suspense()
    {
        var (lease, attempt) = (Acquire(), NewId());
        (_isShippingByHand, _metering.IsBehind) = (true, true);
        WriteFinished(lease, attempt, 30);
        await StartAsync();
        await AsksAsync(1);
        await Eventually.TrueAsync(
            () =>
            {
                _shipping.Advance(TimeSpan.FromMinutes(10));
                return Task.FromResult(_wallet.Lease(lease).Suspended.Count == 1);
            },
            Limit, "the attempt to be in suspense");
        Assert.Contains(attempt.ToString(), await File.ReadAllTextAsync(DeadLetterPath, Cancel));
    }

    [Theory]
    // What Metering answers of a record that it has already, and what this one cost: 30 → in suspense or not.
    [InlineData(30, 7, 0)]
    [InlineData(29, 7, 30)]
    [InlineData(0, 7, 30)]
    [InlineData(0, 0, 0)]
    public async Task Usage_whose_identity_another_record_has_is_kept_as_a_dead_letter_and_in_suspense(long known, long priceId, long suspended)
    {
        var lease = Acquire();
        var attempt = NewId();
        _metering.KnowsAt = known;
        Write(journal =>
        {
            Begin(journal, lease);
            Leased(journal, lease, attempt);
            var finished = Event(attempt, lease);
            finished.PriceId = priceId;
            journal.Append(new JournalRecord(JournalKind.Finished, attempt, 30, Event: finished));
        });
        await StartAsync();
        await Eventually.TrueAsync(() => Task.FromResult(_wallet.Lease(lease).Closed), Limit, "the lease to be closed");
        await Eventually.TrueAsync(() => Task.FromResult(_journal!.Standing() == new JournalStanding(0, 0, null)), Limit, "nothing to be owed");

        // The journal owes no usage any more before Wallet has heard of the suspense.
        await Eventually.TrueAsync(() => Task.FromResult(_wallet.Lease(lease).Suspended.GetValueOrDefault(attempt.ToString()) == suspended), Limit, "the money to be in suspense");
        var letters = DeadLetterPath;
        Assert.Equal(suspended > 0, File.Exists(letters) && File.ReadAllText(letters).Contains($"cost {new Contracts.Money(known)}, not {new Contracts.Money(30)}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Unknown_attempt_that_wallet_does_not_keep_in_suspense_is_kept_as_a_dead_letter_before_the_journal_forgets_it()
    {
        var lease = Acquire();
        var attempt = NewId();
        _wallet.RefusesSuspense = true;
        Write(journal =>
        {
            Begin(journal, lease);
            Leased(journal, lease, attempt);
        });
        await StartAsync();
        await Eventually.TrueAsync(() => Task.FromResult(_journal!.Standing() == new JournalStanding(0, 0, null) && _wallet.Lease(lease).Closed), Limit, "nothing to be owed");
        var letter = System.Text.Json.Nodes.JsonNode.Parse(File.ReadLines(DeadLetterPath).Single())!;
        Assert.Equal(attempt.ToString(), (string)letter["event"]!["attemptId"]!);
        Assert.StartsWith("Wallet does not keep it in suspense: Lease ended. It was sent, and gateway ended while the provider answered", (string)letter["message"]!, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Enumerable.Reverse(_services))
        {
            var stopping = service.StopAsync(Cancel);
            while (_isShippingByHand && await Task.WhenAny(stopping, Task.Delay(10, Cancel)) != stopping)
            {
                _shipping.Advance(TimeSpan.FromSeconds(10));
            }

            await stopping;
        }

        _journal?.Dispose();
        await _meters.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>What the process before did with Wallet.</summary>
    private Guid Acquire()
    {
        var lease = NewId();
        var client = ContractWallet.ClientOf(_wallet);
        var answer = client.AcquireAsync(
            new AcquireLeaseRequest { LeaseId = lease.ToString(), TeamId = "team_support", Currency = "USD", WantedNanos = Granted, BoundNanos = 100 },
            cancellationToken: Cancel).ResponseAsync.Result;
        Assert.Equal((LeaseOutcome.Granted, Granted), (answer.Outcome, answer.GrantedNanos));
        return lease;
    }

    /// <summary>Writes as the process before did, and dies: the folder as it is at that moment becomes the new process's.</summary>
    private void Write(Action<AttemptJournal> write)
    {
        var before = Directory.CreateTempSubdirectory("kt-before-").FullName;
        using (var replica = ReplicaDirectory.Take(before))
        using (var journal = Open(replica))
        {
            write(journal);
            Directory.CreateDirectory(Path.Combine(_root, "01"));
            foreach (var file in Directory.EnumerateFiles(replica.Path, "*.journal"))
            {
                File.Copy(file, Path.Combine(_root, "01", Path.GetFileName(file)));
            }
        }

        Directory.Delete(before, recursive: true);
    }

    private async Task StartAsync()
    {
        var time = TimeProvider.System;
        var options = Options.Create(new LeaseOptions());
        var leases = ContractWallet.ClientOf(_wallet);
        var replica = ReplicaDirectory.Take(_root);
        _journal = Open(replica);
        var metrics = new LeaseMetrics(_meters.GetRequiredService<IMeterFactory>());
        var deadLetters = new DeadLetters(replica, time);
        var holds = new HoldEndings(new Contracts.Wallet.V1.Wallet.WalletClient(_wallet), leases, _journal, deadLetters, time, NullLogger<HoldEndings>.Instance);
        var closing = new LeaseClosing(leases, holds, _journal, metrics, options, time, NullLogger<LeaseClosing>.Instance);
        var pool = new LeasePool(
            new LeaseOperations(leases, closing, _journal, replica, metrics, options, time, NullLogger<LeaseOperations>.Instance), metrics,
            new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance), options, time);
        var shipper = new UsageShipper(new Usage.UsageClient(_metering), _journal, deadLetters, holds, Options.Create(new JournalOptions()), _isShippingByHand ? _shipping : time, NullLogger<UsageShipper>.Instance);
        _services.AddRange(
            [
                new Owner(replica), holds, shipper, new RecoverAtStart(_journal, holds, shipper, NullLogger<RecoverAtStart>.Instance), pool,
                new LeaseRecovery(leases, closing, pool, _journal, replica, options, time, NullLogger<LeaseRecovery>.Instance),
            ]);
        foreach (var service in _services)
        {
            await service.StartAsync(Cancel);
        }
    }

    private string DeadLetterPath => Path.Combine(_root, "01", "dead-letters.jsonl");

    /// <summary>Lets the shipper's time pass until it has asked so many times more.</summary>
    private async Task AsksAsync(int times)
    {
        var asked = _metering.Asked + times;
        await Eventually.TrueAsync(
            () =>
            {
                _shipping.Advance(TimeSpan.FromSeconds(10));
                return Task.FromResult(_metering.Asked >= asked);
            },
            Limit, "Metering to be asked again");
    }

    private AttemptJournal Open(ReplicaDirectory replica) => new(replica, Options.Create(new JournalOptions { Directory = _root }), TimeProvider.System);

    /// <summary>One call, whose end the process before knew.</summary>
    private void WriteFinished(Guid lease, Guid attempt, long cost) => Write(journal =>
    {
        Begin(journal, lease);
        Leased(journal, lease, attempt);
        journal.Append(new JournalRecord(JournalKind.Finished, attempt, cost, Event: Event(attempt, lease)));
    });

    private static void Begin(AttemptJournal journal, Guid lease) => journal.Append(new JournalRecord(JournalKind.LeaseTotal, lease, Text: MachineBoot.Id));

    private static void Leased(AttemptJournal journal, Guid lease, params Guid[] attempts) => Array.ForEach(
        attempts, attempt => journal.Append(new JournalRecord(JournalKind.Leased, attempt, 100, "USD", Event(attempt, lease))));

    private static UsageEvent Event(Guid attempt, Guid lease) => new()
    {
        AttemptId = attempt.ToString(), TeamId = "team_support", LeaseId = lease.ToString(), BoundNanos = 100,
    };

    private static Guid NewId() => Guid.CreateVersion7();

    /// <summary>Ends with the services: the folder is taken until then.</summary>
    private sealed class Owner(ReplicaDirectory replica) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            replica.Dispose();
            return Task.CompletedTask;
        }
    }

    /// <summary>Takes every event, refuses every one for good, or knows each already.</summary>
    private sealed class Metering : UnaryInvoker
    {
        public bool Refuses { get; set; }

        /// <summary>What the records cost that it has already; null: it has none.</summary>
        public long? KnowsAt { get; set; }

        /// <summary>All lies ahead of its clock.</summary>
        public bool IsBehind { get; set; }

        public int Asked { get; private set; }

        public List<UsageEvent> Recorded { get; } = [];

        protected override object Answer(object request)
        {
            var events = ((RecordRequest)request).Events;
            Asked++;
            if (IsBehind)
            {
                return new RecordResponse { Results = { events.Select(_ => new RecordResult { Outcome = RecordOutcome.Invalid, TakenFrom = TimeProvider.System.GetUtcNow().ToTimestampUtc(), Message = "test" }) } };
            }

            Recorded.AddRange(Refuses ? [] : events);
            return new RecordResponse
            {
                Results =
                {
                    events.Select(_ => new RecordResult
                    {
                        Outcome = Refuses ? RecordOutcome.Invalid : KnowsAt is null ? RecordOutcome.Accepted : RecordOutcome.Duplicate, CostNanos = KnowsAt ?? 0, Message = "test",
                    }),
                },
            };
        }
    }
}
