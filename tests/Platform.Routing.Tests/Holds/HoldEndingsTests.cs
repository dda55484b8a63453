using Grpc.Core;
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

namespace Platform.Routing.Tests.Holds;

/// <summary>What becomes of an ending when telling it fails otherwise than by Wallet's silence.</summary>
public sealed class HoldEndingsTests : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("kt-endings-").FullName;
    private readonly ReplicaDirectory _replica;
    private readonly AttemptJournal _journal;
    private readonly DeadLetters _deadLetters;
    private readonly RefusingWallet _wallet = new();
    private readonly HoldEndings _endings;
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    public HoldEndingsTests()
    {
        _replica = ReplicaDirectory.Take(_root);
        _journal = new AttemptJournal(_replica, Options.Create(new JournalOptions { Directory = _root }), _time);
        _deadLetters = new DeadLetters(_replica, _time);
        _endings = new HoldEndings(new Wallet.WalletClient(_wallet), new Contracts.Wallet.V1.Leases.LeasesClient(_wallet), _journal, _deadLetters, _time, NullLogger<HoldEndings>.Instance);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _endings.StopAsync(CancellationToken.None);
        _endings.Dispose();
        _journal.Dispose();
        _replica.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_worker_that_fails_ends_the_service_though_the_others_work()
    {
        _wallet.Fails = true;
        await _endings.StartAsync(Cancel);
        _endings.Release(Guid.CreateVersion7(), "for the test");
        await Assert.ThrowsAsync<InvalidOperationException>(() => _endings.ExecuteTask!.WaitAsync(TimeSpan.FromSeconds(30), Cancel));
    }

    [Fact]
    public async Task Attempt_that_neither_wallet_nor_disk_keeps_is_tried_until_the_disk_does()
    {
        var (attemptId, leaseId) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var attempt = new UsageEvent { AttemptId = attemptId.ToString(), LeaseId = leaseId.ToString(), BoundNanos = 5 };
        _journal.Append(new JournalRecord(JournalKind.Leased, attemptId, 5, "USD", attempt));
        _journal.Append(new JournalRecord(JournalKind.LeasedUnknown, attemptId, 5, "cut", attempt));
        var blocked = Directory.CreateDirectory(_deadLetters.Path);
        await _endings.StartAsync(Cancel);
        _endings.SuspendDraw(attempt, 5, "cut");
        await _wallet.Asked.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.True(_endings.OwesOf(leaseId));

        blocked.Delete();
        await UntilAsync(() => !_endings.OwesOf(leaseId), "the attempt to be kept");
        Assert.Equal(1, _deadLetters.Count());
    }

    [Fact]
    public async Task Attempts_that_the_disk_does_not_keep_stop_no_other_ending()
    {
        var blocked = Directory.CreateDirectory(_deadLetters.Path);
        await _endings.StartAsync(Cancel);
        for (var i = 0; i < 20; i++)
        {
            var unkept = Guid.CreateVersion7();
            var attempt = new UsageEvent { AttemptId = unkept.ToString() };
            _journal.Append(new JournalRecord(JournalKind.Intent, unkept, 5, "USD", attempt));
            _journal.Append(new JournalRecord(JournalKind.Unknown, unkept, Text: "cut"));
            _endings.Suspend(attempt, 5, "cut");
        }

        _endings.Release(Guid.CreateVersion7(), "for the test");
        await _wallet.Released.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        blocked.Delete();
        await UntilAsync(() => _deadLetters.Count() == 20, "the attempts to be kept");
    }

    /// <summary>Turns the clock meanwhile: what could not be kept is tried again after a pause.</summary>
    private Task UntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(condition());
        },
        TimeSpan.FromSeconds(30), what);

    private sealed class RefusingWallet : UnaryInvoker
    {
        public bool Fails { get; set; }

        public TaskCompletionSource Released { get; } = new();

        public TaskCompletionSource Asked { get; } = new();

        protected override object Answer(object request)
        {
            Asked.TrySetResult();
            if (request is ReleaseHoldRequest)
            {
                Released.TrySetResult();
            }

            throw Fails ? new InvalidOperationException("a bug") : new RpcException(new Status(StatusCode.FailedPrecondition, "The lease is closed."));
        }
    }
}
