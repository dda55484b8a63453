using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Routing.Policies;
using Platform.Routing.Telemetry;
using Platform.ServiceDefaults.Faults;

namespace Platform.Routing.Scheduled;

/// <summary>
/// Runs what waits while its lane's window is open. An item is claimed, marked as started, sent, and ended, each step in the database before the next: so another
/// replica knows, when this one dies, whether it may have been sent. One that may have been is never sent again.
/// </summary>
internal sealed partial class RunScheduled(
    ItemStore store, SweepStore sweeps, ItemRunner runner, RoutingTableReplica policy, IHostApplicationLifetime lifetime, IOptions<ScheduledOptions> options, RoutingMetrics metrics,
    TimeProvider time, ILogger<RunScheduled> log)
    : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HearInterval = TimeSpan.FromSeconds(5);

    /// <summary>Well below the silence after which others take a replica for dead: nothing is heard of this one while it sweeps.</summary>
    private static readonly TimeSpan SweepLimit = TimeSpan.FromSeconds(10);

    private readonly Guid _replica = Guid.CreateVersion7();
    // A list: runs that are over at once, because the database went away, are all the same task.
    private readonly List<(Task Run, ClaimedItem Item)> _running = [];
    private readonly CancellationTokenSource _drained = new();
    private readonly Hearing _hearing = new(time);
    private long _heardAt;
    private long _sweptAt;
    private long _liftedAt;
    private bool _isMoreDue;
    private bool _hasRun;
    private bool _isSweepFailing;

    /// <summary>Whatever the host's time is: calls may have used all of it, and what runs here has a limit of its own.</summary>
    public override Task StopAsync(CancellationToken cancellationToken) => base.StopAsync(CancellationToken.None);

    public override void Dispose()
    {
        _drained.Dispose();
        base.Dispose();
    }

    /// <summary>From the moment on when the process is told to end nothing is begun; what runs drains beside the calls that end, not after them.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        while (!stopping.IsCancellationRequested)
        {
            await RoundAsync(LookAsync, stopping.Token);
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.DrainSeconds), time);
        while (_running.Count > 0 && !limit.IsCancellationRequested)
        {
            await RoundAsync(DrainAsync, limit.Token);
        }

        await _drained.CancelAsync();
        await GiveBackAsync();
    }

    private async Task RoundAsync(Func<CancellationToken, Task> look, CancellationToken cancellationToken)
    {
        for (var i = _running.Count - 1; i >= 0; i--)
        {
            if (_running[i].Run is { IsCompleted: true } ended)
            {
                _running.RemoveAt(i);
                _hasRun = true;
                await ended;
            }
        }

        try
        {
            await look(cancellationToken);
        }
        catch (NpgsqlException exception)
        {
            LogNotReached(exception.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
        catch (Exception exception)
        {
            // The edge: a fault of this code in one round must not end every call of the gateway with the process.
            LogRoundFailed(exception);
        }

        var pause = Task.Delay(LookInterval, time, cancellationToken);
        await Task.WhenAny(_running.Count == 0 ? pause : Task.WhenAny(_running.Select(one => one.Run)), pause);
    }

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        await HearAsync(stoppingToken);
        await LiftAsync(stoppingToken);
        await ClaimAsync(stoppingToken);
        await SweepAsync(stoppingToken);
    }

    /// <summary>Silence is how others know a replica that is gone.</summary>
    private async Task DrainAsync(CancellationToken stoppingToken)
    {
        await HearAsync(stoppingToken);
        await SweepAsync(stoppingToken);
    }

    private async Task ClaimAsync(CancellationToken stoppingToken)
    {
        var now = time.GetUtcNow();
        var open = policy.Current.Lanes.Values.Where(lane => LaneWindows.IsOpen(lane, now)).Select(lane => lane.Name).ToArray();
        var free = options.Value.Parallel - _running.Count;
        if (open.Length == 0 || free <= 0)
        {
            return;
        }

        foreach (var item in await store.ClaimAsync(_replica, open, free, stoppingToken))
        {
            _running.Add((RunAsync(item), item));
        }
    }

    private async Task HearAsync(CancellationToken stoppingToken)
    {
        if (_heardAt == 0 || time.GetElapsedTime(_heardAt) >= HearInterval)
        {
            await store.HearAsync(_replica, [.. _running.Select(one => one.Item)], stoppingToken);
            _heardAt = time.GetTimestamp();
            _hearing.Heard();
        }
    }

    /// <summary>
    /// Work of keys that are refused for now asks nobody: however many teams are frozen, this is one question for all of them, answered by the directory in memory. Whatever is no longer held up runs, or has failed
    /// for what stands in its way now.
    /// </summary>
    private async Task LiftAsync(CancellationToken stoppingToken)
    {
        if (_liftedAt != 0 && time.GetElapsedTime(_liftedAt) < HearInterval)
        {
            return;
        }

        var lifted = (await store.ListAwaitedKeysAsync(stoppingToken)).Where(keyId => !runner.IsHeldUp(keyId)).ToArray();
        if (lifted.Length > 0)
        {
            await store.LiftAsync(lifted, stoppingToken);
        }

        _liftedAt = time.GetTimestamp();
    }

    /// <summary>Behind the claims, and none of its failures ends a round: what may run does not wait for what is to be swept up.</summary>
    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        // What has run and left nothing behind it may have been the last of its batch, whose end somebody waits for.
        var isDry = _hasRun && _running.Count == 0 && !_isSweepFailing;
        if (_sweptAt != 0 && !_isMoreDue && !isDry && time.GetElapsedTime(_sweptAt) < HearInterval)
        {
            return;
        }

        (_isMoreDue, _hasRun) = (false, false);
        using var limit = new CancellationTokenSource(SweepLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, limit.Token);
        try
        {
            var isMoreOfOthers = _hearing.IsSteady && await sweeps.TakeUpAsync(either.Token);
            _isMoreDue = await sweeps.SweepAsync(options.Value.RetainDays, either.Token) || isMoreOfOthers;
            _isSweepFailing = false;
        }
        catch (Exception exception) when (exception is NpgsqlException || (exception is OperationCanceledException && !stoppingToken.IsCancellationRequested))
        {
            _isSweepFailing = true;
            metrics.SweepFailed();
            LogNotSwept(exception.Message);
        }
        finally
        {
            // From its end: one that takes as long as it may leaves rounds between it and the next.
            _sweptAt = time.GetTimestamp();
        }
    }

    private async Task GiveBackAsync()
    {
        using var limit = new CancellationTokenSource(StopLimits.Each, time);
        try
        {
            await store.GiveBackAsync(_replica, limit.Token);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
        {
            LogNotReached(exception.Message);
        }
    }

    private async Task RunAsync(ClaimedItem item)
    {
        try
        {
            if (!await store.TryStartAsync(_replica, item, _drained.Token))
            {
                return;
            }

            CrashPoint.Reach(CrashPoints.ItemAfterStart);
            var answer = await runner.RunAsync(item, CancellationToken.None);
            CrashPoint.Reach(CrashPoints.ItemBeforeEnd);
            await KeepAsync(item, answer);
        }
        catch (NpgsqlException exception)
        {
            // Whether it is marked as started is not known; this replica names it no more, so it is swept up as that of a dead one.
            LogNotReached(exception.Message);
        }
        catch (OperationCanceledException)
        {
            // The process ends before it began, or before its answer could be kept: then it is unknown.
        }
        catch (Exception exception)
        {
            // A fault of this code, met by one item, must not end the others with the process. This replica names the item no more, so it is swept up as unknown.
            LogFailed(exception, item.BatchId, item.Position);
        }
    }

    /// <summary>The answer is all there is of what was paid for: it is kept in memory until the database takes it.</summary>
    private async Task KeepAsync(ClaimedItem item, ItemAnswer answer)
    {
        var decision = ItemOutcome.Decide(item, answer, policy.Current.Lanes.GetValueOrDefault(item.Lane), time.GetUtcNow());
        while (true)
        {
            try
            {
                await (decision.Step switch
                {
                    ItemStep.End => store.EndAsync(_replica, item, decision.State, answer, _drained.Token),
                    ItemStep.AwaitFunds => store.UnfundedAsync(_replica, item, decision.Pause, decision.Until, answer, _drained.Token),
                    ItemStep.AwaitLimit => store.LimitedAsync(_replica, item, decision.Pause, answer, _drained.Token),
                    ItemStep.TryAgain => store.AgainAsync(_replica, item, decision.Pause, decision.Until, answer, _drained.Token),
                });
                break;
            }
            catch (NpgsqlException exception)
            {
                LogNotReached(exception.Message);
                await Task.Delay(LookInterval, time, _drained.Token);
            }
        }

        if (decision.Step == ItemStep.AwaitLimit)
        {
            // Its place stays taken for a moment: else a lane with much work and a full limit is claimed and refused as fast as the database can write.
            await Task.Delay(LookInterval, time, _drained.Token);
        }
    }

    [LoggerMessage(LogLevel.Error, "Item {Position} of batch {BatchId} failed in the gateway itself; whether it was billed is not known.")]
    private partial void LogFailed(Exception exception, Guid batchId, int position);

    [LoggerMessage(LogLevel.Error, "Work that waits could not be swept up ({Detail}): items of gateways that are gone, cancelled batches, batches that have ended or are to be deleted. Trying again; other work runs on.")]
    private partial void LogNotSwept(string detail);

    [LoggerMessage(LogLevel.Error, "Work that waits could not be looked after; trying again.")]
    private partial void LogRoundFailed(Exception exception);

    [LoggerMessage(LogLevel.Warning, "Work that waits cannot be looked after ({Detail}); trying again.")]
    private partial void LogNotReached(string detail);
}
