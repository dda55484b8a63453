using System.Threading.Channels;
using Npgsql;

namespace Platform.Routing.Limits;

/// <summary>
/// Exchanges with the database what this replica's counts have to tell and to ask: one transaction at a time, of all counts that something is due of. While one
/// is under way, more gather for the next.
/// </summary>
internal sealed partial class LimitSync(LimitStore store, LimitCounts counts, LimitClock clock, LimitMetrics metrics, ILogger<LimitSync> log) : BackgroundService
{
    private const int BatchSize = 500;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ExchangeLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    private readonly Guid _replica = Guid.CreateVersion7();
    private long _sweptAt = clock.Now;
    private bool _isAway;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var due = Gather();
            if (due.Count > 0)
            {
                await ExchangeAsync(due, stoppingToken);
                continue;
            }

            await SweepAsync(stoppingToken);
            await WaitAsync(stoppingToken);
        }
    }

    /// <summary>Gives back what is not used, so that others need not wait until it has run out; on its own time, for calls may have used all of the host's.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(StopLimit, clock.Time);
        await base.StopAsync(limit.Token);
        var all = counts.All.Where(gauge => gauge.TryClose()).ToList();
        foreach (var part in all.Chunk(BatchSize))
        {
            await ExchangeAsync([.. part], limit.Token);
        }
    }

    private List<Gauge> Gather()
    {
        var due = new HashSet<Gauge>();
        while (due.Count < BatchSize && counts.Attention.TryRead(out var gauge))
        {
            gauge.Attended();
            if (gauge.IsDue(clock.Now))
            {
                due.Add(gauge);
            }
        }

        return [.. due];
    }

    private async Task ExchangeAsync(List<Gauge> due, CancellationToken stoppingToken)
    {
        var asks = due.ConvertAll(gauge => gauge.BeginAsk(_replica));
        var sentAt = clock.Now;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        limit.CancelAfter(ExchangeLimit);
        try
        {
            var (now, answers) = await store.ExchangeAsync(asks, limit.Token);
            clock.Observe(now, sentAt);
            for (var i = 0; i < due.Count; i++)
            {
                due[i].EndAsk(answers[i], sentAt);
            }

            _isAway = false;
            metrics.Exchanged(due.Count, clock.Between(sentAt, clock.Now));
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
    }

    private async Task WaitAsync(CancellationToken stoppingToken)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var look = Task.Delay(LookInterval, clock.Time, pause.Token);
        await Task.WhenAny(look, counts.Attention.WaitToReadAsync(pause.Token).AsTask());
        var isTime = look.IsCompletedSuccessfully;
        await pause.CancelAsync();
        if (isTime)
        {
            counts.Look();
        }
    }

    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        if (clock.Between(_sweptAt, clock.Now) < SweepInterval)
        {
            return;
        }

        _sweptAt = clock.Now;
        counts.DropIdle();
        try
        {
            await store.SweepAsync(stoppingToken);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
        {
            LogNotSwept(exception.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Detail}. What was given out is still drawn from; then calls under limits are refused until the database answers.")]
    private partial void LogAway(string detail);

    [LoggerMessage(LogLevel.Information, "Old counts could not be removed ({Detail}); later.")]
    private partial void LogNotSwept(string detail);
}
