using System.Threading.Channels;
using Npgsql;
using Platform.Routing.Policies;

namespace Platform.Routing.Limits;

/// <summary>
/// Exchanges with the database what this replica's counts have to tell and to ask: one transaction at a time, of all counts that something is due of. While one
/// is under way, more gather for the next.
/// </summary>
/// <param name="policy">The one in force.</param>
internal sealed partial class LimitSync(
    LimitStore store, LimitCounts counts, Func<RoutingTable> policy, LimitClock clock, LimitMetrics metrics, ILogger<LimitSync> log) : BackgroundService
{
    private const int BatchSize = 500;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ExchangeLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    private readonly Guid _replica = Guid.CreateVersion7();
    private readonly HashSet<GaugeKey> _faulty = [];
    private long _lookedAt = clock.Now;
    private long _sweptAt = clock.Now;
    private RoutingTable? _followed;
    private bool _isAway;
    private Task _sweeping = Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RoundAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The edge: letting it pass would end every call of the gateway with the process. What was told is told; a grant that was not taken in is lost to this replica only.
                LogRoundFailed(exception);
                await Task.Delay(LookInterval, clock.Time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RoundAsync(CancellationToken stoppingToken)
    {
        // By the clock, whatever woke this round: under load something asks to be looked at before every pause is over, and what is due by time alone asks for nothing (slots of calls that merely
        // run would be given out again elsewhere).
        if (clock.Between(_lookedAt, clock.Now) >= LookInterval)
        {
            _lookedAt = clock.Now;
            Follow();
            counts.Look();
        }

        if (_sweeping.IsCompleted && clock.Between(_sweptAt, clock.Now) >= SweepInterval)
        {
            // Beside the rounds: others take a replica that is not heard of for five seconds for dead.
            (_sweptAt, _sweeping) = (clock.Now, SweepAsync(stoppingToken));
        }

        var due = counts.TakeDue(BatchSize);
        if (due.Count > 0)
        {
            await ExchangeAllAsync(due, stoppingToken);
            return;
        }

        await WaitAsync(stoppingToken);
    }

    /// <summary>Calls bring the policy to the counts that they come under. One that waits may be the last.</summary>
    private void Follow()
    {
        var served = policy();
        if (!ReferenceEquals(served, _followed))
        {
            counts.Follow(served);
            _followed = served;
        }
    }

    /// <summary>Gives back what is not used, so that others need not wait until it has run out; on its own time, for calls may have used all of the host's.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(StopLimits.Each, clock.Time);
        await base.StopAsync(limit.Token);
        await _sweeping;
        var all = counts.All.Where(gauge => gauge.TryClose()).ToList();
        foreach (var part in all.Chunk(BatchSize))
        {
            await ExchangeAllAsync([.. part], limit.Token);
        }
    }

    /// <summary>Together; a count that failed alone before is asked alone until it has had an answer.</summary>
    private async Task ExchangeAllAsync(List<Gauge> due, CancellationToken stoppingToken)
    {
        if (_faulty.Count > 0)
        {
            foreach (var gauge in due.FindAll(gauge => _faulty.Contains(gauge.Key)))
            {
                due.Remove(gauge);
                await ExchangeAsync([gauge], stoppingToken);
            }
        }

        if (due.Count > 0)
        {
            await ExchangeAsync(due, stoppingToken);
        }
    }

    private async Task ExchangeAsync(List<Gauge> due, CancellationToken stoppingToken)
    {
        var sentAt = clock.Now;
        if (await TryExchangeAsync(due, stoppingToken) is not var (now, answers))
        {
            return;
        }

        clock.Observe(now, sentAt);
        for (var i = 0; i < due.Count; i++)
        {
            due[i].EndAsk(answers[i], sentAt);
        }

        _isAway = false;
        _faulty.ExceptWith(due.Select(gauge => gauge.Key));
        metrics.Exchanged(due.Count, clock.Between(sentAt, clock.Now));
    }

    /// <summary>Null: it did not take place, or nobody knows, and the counts have been told so.</summary>
    private async Task<(DateTimeOffset Now, LimitAnswer[] Answers)?> TryExchangeAsync(List<Gauge> due, CancellationToken stoppingToken)
    {
        using var time = new CancellationTokenSource(ExchangeLimit, clock.Time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, time.Token);
        try
        {
            return await store.ExchangeAsync(due.ConvertAll(gauge => gauge.BeginAsk(_replica)), limit.Token);
        }
        catch (LimitsUnreachableException exception)
        {
            if (!_isAway && !stoppingToken.IsCancellationRequested)
            {
                LogAway(exception.Message);
            }

            _isAway = true;
            metrics.Failed();
            due.ForEach(gauge => gauge.FailAsk(exception.IsUnknown));
        }
        catch (Exception exception)
        {
            // A row that cannot be read, or a fault of this code that one count meets, must not keep the others' calls waiting.
            await ExchangeApartAsync(due, exception, stoppingToken);
        }

        return null;
    }

    /// <summary>Finds the count that an exchange failed for: all others have theirs, and what it has to tell it keeps.</summary>
    private async Task ExchangeApartAsync(List<Gauge> due, Exception exception, CancellationToken stoppingToken)
    {
        if (due.Count > 1)
        {
            var half = due.Count / 2;
            due.ForEach(gauge => gauge.UndoAsk());
            await ExchangeAsync(due[..half], stoppingToken);
            await ExchangeAsync(due[half..], stoppingToken);
            return;
        }

        if (_faulty.Add(due[0].Key))
        {
            LogFaulty(exception, due[0].Key);
        }

        metrics.Failed();
        due[0].FailAsk(isUnknown: false);
    }

    private async Task WaitAsync(CancellationToken stoppingToken)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var untilLook = LookInterval - clock.Between(_lookedAt, clock.Now);
        await Task.WhenAny(Task.Delay(untilLook > TimeSpan.Zero ? untilLook : TimeSpan.Zero, clock.Time, pause.Token), counts.WaitAsync(pause.Token).AsTask());
        await pause.CancelAsync();
    }

    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        try
        {
            counts.DropIdle();
            await store.SweepAsync(stoppingToken);
        }
        catch (Exception exception)
        {
            // The edge of a task that nobody waits for: what is old is found again a minute later.
            LogNotSwept(exception.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Detail}. What was given out is still drawn from; then calls under limits are refused until the database answers.")]
    private partial void LogAway(string detail);

    [LoggerMessage(LogLevel.Error, "Rate limits could not be looked after; trying again.")]
    private partial void LogRoundFailed(Exception exception);

    [LoggerMessage(LogLevel.Error, "The count {Key} cannot be exchanged: calls under it are refused when what was given out is used up. All others go on.")]
    private partial void LogFaulty(Exception exception, GaugeKey key);

    [LoggerMessage(LogLevel.Information, "Old counts could not be removed ({Detail}); later.")]
    private partial void LogNotSwept(string detail);
}
