using Platform.Postgres;

namespace Platform.Metering.Prices;

/// <summary>
/// This process's copy of the price book. Rating asks for the current one, which costs one small query; watchers are woken by a change made here, and
/// within half a second by one made in another replica.
/// </summary>
internal sealed partial class PriceBook(PriceStore store, TimeProvider time, ILogger<PriceBook> log) : BackgroundService
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    private readonly Lock _gate = new();
    private PriceSnapshot? _snapshot;
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>The book as of this call: no change that was committed before it is missing.</summary>
    public async Task<PriceSnapshot> GetCurrentAsync(CancellationToken cancellationToken)
    {
        var known = Volatile.Read(ref _snapshot);
        if (known is not null && await store.ReadRevisionAsync(cancellationToken) == known.Revision)
        {
            return known;
        }

        return Publish(await store.ReadBookAsync(cancellationToken));
    }

    /// <summary>Completes at the next change. Ask for it before the book is read, then no change is missed.</summary>
    public Task NextChange
    {
        get
        {
            lock (_gate)
            {
                return _changed.Task;
            }
        }
    }

    // Where it fails watchers keep the last book; rating reads the revision itself and fails on its own.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => LookLoop.RunAsync(GetCurrentAsync, LogPollFailed, PollInterval, time, log, stoppingToken);

    private PriceSnapshot Publish(PriceSnapshot read)
    {
        lock (_gate)
        {
            if (_snapshot is null || read.Revision > _snapshot.Revision)
            {
                Volatile.Write(ref _snapshot, read);
                _changed.SetResult();
                _changed = NewSignal();
            }

            return read;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(LogLevel.Warning, "The price book could not be polled; trying again.")]
    private partial void LogPollFailed(Exception exception);
}
