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
        var stopping = _endings.StopAsync(CancellationToken.None);
        await UntilAsync(() => stopping.IsCompleted, "the endings to stop");
        _endings.Dispose();
        _journal.Dispose();
        _replica.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>More of them than there are workers.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(StatusCode.Internal)]
    [InlineData(StatusCode.Unknown)]
    [InlineData(StatusCode.ResourceExhausted)]
    [InlineData(StatusCode.DeadlineExceeded)]
    public async Task Endings_that_fail_stop_no_other_one_and_are_told_when_they_can_be(StatusCode? status)
    {
        var poison = Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7()).ToArray();
        _wallet.Answers = id => poison.Contains(Guid.Parse(id)) ? status is { } code ? new RpcException(new Status(code, "no")) : new InvalidOperationException("a bug") : null;
        foreach (var id in poison)
        {
            _journal.Append(new JournalRecord(JournalKind.Intent, id, 5, "USD", new UsageEvent { AttemptId = id.ToString() }));
            _journal.Append(new JournalRecord(JournalKind.Unsent, id, Text: "not sent"));
            _endings.Release(id, "not sent");
        }

        _endings.Release(Guid.CreateVersion7(), "for the test");
        await _endings.StartAsync(Cancel);
        await UntilAsync(() => !_wallet.Taken.IsEmpty, "another one to be told");
        Assert.False(_endings.ExecuteTask!.IsCompleted);
        Assert.Single(_wallet.Taken);

        _wallet.Answers = _ => null;
        await UntilAsync(() => _wallet.Taken.Count == 21, "all of them to be told");
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
        /// <summary>What a release meets; null: it is taken. Without it all endings are refused.</summary>
        public Func<string, Exception?>? Answers { get; set; }

        public System.Collections.Concurrent.ConcurrentDictionary<string, bool> Taken { get; } = new();

        public TaskCompletionSource Released { get; } = new();

        public TaskCompletionSource Asked { get; } = new();

        protected override object Answer(object request)
        {
            Asked.TrySetResult();
            if (request is ReleaseHoldRequest)
            {
                Released.TrySetResult();
            }

            if (Answers is not { } answers)
            {
                throw new RpcException(new Status(StatusCode.FailedPrecondition, "The lease is closed."));
            }

            var id = ((ReleaseHoldRequest)request).AttemptId;
            if (answers(id) is { } failure)
            {
                throw failure;
            }

            Taken[id] = true;
            return new HoldResponse();
        }
    }
}
