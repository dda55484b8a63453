using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Holds;
using Platform.Routing.Journal;
using Platform.Routing.Shipping;
using Platform.Routing.Tests.Leases;
using Platform.Testing;

namespace Platform.Routing.Tests.Shipping;

/// <summary>What becomes of usage that Metering does not take, under a clock that the test moves.</summary>
public sealed class UsageShipperTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly string _root = Directory.CreateTempSubdirectory("kt-shipper-").FullName;
    private readonly ReplicaDirectory _replica;
    private readonly AttemptJournal _journal;
    private readonly DeadLetters _deadLetters;
    private readonly RefusingMetering _metering = new();
    private readonly HoldEndings _endings;
    private readonly UsageShipper _shipper;

    public UsageShipperTests()
    {
        _replica = ReplicaDirectory.Take(_root);
        _journal = new AttemptJournal(_replica, Options.Create(new JournalOptions { Directory = _root }), _time);
        _deadLetters = new DeadLetters(_replica, _time);
        var wallet = new ContractWallet(0);
        _endings = new HoldEndings(new Wallet.WalletClient(wallet), ContractWallet.ClientOf(wallet), _journal, _deadLetters, _time, NullLogger<HoldEndings>.Instance);
        _shipper = new UsageShipper(new Usage.UsageClient(_metering), _journal, _deadLetters, _endings, _time, NullLogger<UsageShipper>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _shipper.StopAsync(CancellationToken.None);
        _shipper.Dispose();
        _endings.Dispose();
        _journal.Dispose();
        _replica.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Refused_usage_that_the_disk_does_not_keep_is_told_again_until_it_does_and_is_kept_once()
    {
        var blocked = Directory.CreateDirectory(_deadLetters.Path);
        var attemptId = Guid.CreateVersion7();
        var finished = new UsageEvent { AttemptId = attemptId.ToString(), LeaseId = Guid.CreateVersion7().ToString(), BoundNanos = 5 };
        _journal.Append(new JournalRecord(JournalKind.Leased, attemptId, 5, "USD", finished));
        _journal.Append(new JournalRecord(JournalKind.Finished, attemptId, 0, Event: finished));
        await _shipper.StartAsync(TestContext.Current.CancellationToken);
        _shipper.Ship(finished, 0);
        await PassAsync(() => _metering.Told >= 2, "the refused usage to be told again");
        Assert.Equal(1, _journal.Standing().Unshipped);

        blocked.Delete();
        await PassAsync(() => _journal.Standing().Unshipped == 0, "the refused usage to be kept");
        Assert.Equal(1, _deadLetters.Count());
    }

    private Task PassAsync(Func<bool> condition, string what) => Eventually.TrueAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(condition());
        },
        TimeSpan.FromSeconds(30), what);

    private sealed class RefusingMetering : UnaryInvoker
    {
        private int _told;

        public int Told => Volatile.Read(ref _told);

        protected override object Answer(object request)
        {
            Interlocked.Increment(ref _told);
            var answer = new RecordResponse();
            answer.Results.AddRange(((RecordRequest)request).Events.Select(_ => new RecordResult { Outcome = RecordOutcome.Invalid, Message = "No such thing." }));
            return answer;
        }
    }
}
