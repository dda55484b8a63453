using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Holds;
using Platform.Routing.Journal;
using Platform.Routing.Leases;
using Platform.Routing.Shipping;
using Platform.Testing;

namespace Platform.Routing.Tests.Leases;

/// <summary>The pool under a clock that the test turns. Every call's bound is 100 nanos.</summary>
public abstract class LeasePoolTest : IAsyncDisposable
{
    private protected const long Bound = 100;
    private protected static readonly LeaseSubject Support = new("team_support", "", "", "key_1", "USD");
    private protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly string _root = Directory.CreateTempSubdirectory("kt-leases-").FullName;
    private readonly ServiceProvider _metering = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private ReplicaDirectory? _replica;
    private LeasePool? _pool;

    private protected LookedAtTime Time { get; } = new();

    private protected Lifetime Life { get; } = new();

    private protected AttemptJournal? Journal { get; private set; }

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_pool is not null)
        {
            using var now = new CancellationTokenSource();
            var stopping = _pool.StopAsync(now.Token);
            await UntilAsync(
                () =>
                {
                    Time.Advance(TimeSpan.FromSeconds(1));
                    return stopping.IsCompleted;
                },
                "the pool to stop");
            _pool.Dispose();
        }

        Journal?.Dispose();
        _replica?.Dispose();
        await _metering.DisposeAsync();
        Directory.Delete(_root, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected async Task<LeasePool> StartAsync(ContractWallet wallet, Action<LeaseOptions>? configure = null)
    {
        var settings = new LeaseOptions();
        configure?.Invoke(settings);
        var options = Options.Create(settings);
        var client = ContractWallet.ClientOf(wallet);
        _replica = ReplicaDirectory.Take(_root);
        Journal = new AttemptJournal(_replica, Options.Create(new JournalOptions { Directory = _root }), Time);
        var metrics = new LeaseMetrics(_metering.GetRequiredService<IMeterFactory>());
        var holds = new HoldEndings(new Contracts.Wallet.V1.Wallet.WalletClient(wallet), client, Journal, new DeadLetters(_replica, Time), Time, NullLogger<HoldEndings>.Instance);
        var closing = new LeaseClosing(client, holds, Journal, metrics, options, Time, NullLogger<LeaseClosing>.Instance);
        _pool = new LeasePool(
            new LeaseOperations(client, closing, Journal, _replica, metrics, options, Time, NullLogger<LeaseOperations>.Instance),
            metrics, Life, options, Time);
        var waiting = Time.Waiting;
        await _pool.StartAsync(Cancel);
        await waiting.WaitAsync(Limit, Cancel);
        return _pool;
    }

    private protected static ValueTask<HeldLease?> DrawAsync(LeasePool pool, LeaseSubject? subject = null) => pool.DrawAsync(subject ?? Support, Bound, Cancel);

    private protected static Task UntilAsync(Func<bool> condition, string what) => Eventually.TrueAsync(() => Task.FromResult(condition()), Limit, what);

    private protected static Task UntilAsync(Func<Task<bool>> condition, string what) => Eventually.TrueAsync(condition, Limit, what);

    /// <summary>
    /// Tells when the pool waits for its next look: a clock that is turned faster than the pool looks has it look once and too early, and then stands still.
    /// </summary>
    private protected sealed class LookedAtTime() : FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56))
    {
        private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(500);
        private TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _lookAt = long.MaxValue;

        public Task Waiting => Volatile.Read(ref _waiting).Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime == LookInterval)
            {
                Volatile.Write(ref _lookAt, GetTimestamp() + LookInterval.Ticks);
                Interlocked.Exchange(ref _waiting, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            }

            return timer;
        }

        /// <summary>Ends at once, or when the pool has looked where that falls due.</summary>
        public async Task AdvanceAsync(TimeSpan by)
        {
            var (looked, lookAt) = (Waiting, Volatile.Read(ref _lookAt));
            Advance(by);
            if (GetTimestamp() >= lookAt)
            {
                await looked.WaitAsync(Limit, Cancel);
            }
        }

        /// <summary>Ends when the pool has looked at this later moment.</summary>
        public Task AdvanceByALookAsync() => AdvanceAsync(LookInterval);
    }

    private protected sealed class Lifetime : IHostApplicationLifetime
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();
    }
}
