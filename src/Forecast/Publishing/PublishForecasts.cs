using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Accuracy;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.Versions;
using Platform.Postgres;

namespace Platform.Forecast.Publishing;

/// <summary>
/// Publishes a version every day, and when what it was made from has changed (<see cref="PublicationDecision"/>); while the organisation's history is too short, it tells so every
/// minute. One replica at a time: version, events and the moment of the look are one transaction.
/// </summary>
internal sealed partial class PublishForecasts(
    NpgsqlDataSource dataSource, ReadForecast forecast, PlanPrices prices, WriteVersion write, Outbox outbox, TimeProvider time, ILogger<PublishForecasts> log)
    : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);

    /// <summary>Publishes if it is time to. Null when it is not, when another replica is at it, and while the history is too short.</summary>
    internal async Task<VersionHead?> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await PublicationStore.TryLockAsync(transaction, cancellationToken) is not { } looked)
        {
            return null;
        }

        var last = await VersionStore.LastAsync(connection, cancellationToken);
        var daily = last is null ? null : await VersionStore.LastAsync(connection, cancellationToken, PublicationReason.Daily);
        var inputs = await WithPricesAsync(await PublicationStore.ReadInputsAsync(transaction, last?.AsOf ?? now, cancellationToken), last, now, cancellationToken);
        if (PublicationDecision.Decide(last, daily?.AsOf, looked, inputs, now) is not { } reason)
        {
            return null;
        }

        var moment = await forecast.RunAsync(BillingCalendar.Find("")!, now, cancellationToken);
        VersionHead? head = null;
        if (reason is PublicationReason.UsageChange or PublicationReason.PriceChange && !await IsNewsAsync(connection, last!, reason, moment, cancellationToken))
        {
            await PublicationStore.SetLookedAsync(transaction, now, cancellationToken);
        }
        else
        {
            head = await write.RunAsync(transaction, new PublicationOrder(reason, VersionHead.Service, ""), moment, inputs.Inputs, cancellationToken);
        }

        if (reason == PublicationReason.Daily)
        {
            await ActualStore.CountAsync(transaction, now, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        return head;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => LookLoop.RunAsync(LookAsync, LogFailed, LookInterval, time, log, stoppingToken);

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (await RunAsync(cancellationToken) is { } head)
        {
            LogPublished(head.Version, head.Reason);
        }
    }

    /// <summary>A book that does not answer has not changed.</summary>
    private async Task<InputsNow> WithPricesAsync(InputsNow inputs, VersionHead? last, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var versions = await prices.VersionsOrKnownAsync(cancellationToken);
        return inputs with { Inputs = inputs.Inputs with { Prices = versions.IsKnown ? new PricesNow(versions, now).Key : last?.Inputs.Prices ?? "" } };
    }

    /// <summary>A price may begin with the next month.</summary>
    private static async Task<bool> IsNewsAsync(NpgsqlConnection connection, VersionHead last, PublicationReason reason, ForecastMoment moment, CancellationToken cancellationToken) =>
        await IsNewsAsync(connection, last, PeriodSpan.Of(PeriodKind.Month, moment.Current.Horizon), moment, cancellationToken)
        || (reason == PublicationReason.PriceChange && await IsNewsAsync(connection, last, PeriodSpan.Of(PeriodKind.NextMonth, moment.Current.Horizon), moment, cancellationToken));

    private static async Task<bool> IsNewsAsync(NpgsqlConnection connection, VersionHead last, PeriodSpan span, ForecastMoment moment, CancellationToken cancellationToken)
    {
        var published = await VersionStore.ReadFiguresAsync(connection, [last.Version], null, VersionTargets.Month, span.From, cancellationToken);
        var before = published.Select(row => row.Figure).Where(figure => !last.TooShort.Contains(figure.TeamId)).ToDictionary(figure => figure.TeamId, figure => figure.Total.P50);
        var after = moment.Current.Teams.Select(team => team.TeamId).Prepend("").Select(moment.Of)
            .Where(layered => ScopeHistory.Of(layered.Teams, layered.Horizon.Today).IsLongEnough)
            .ToDictionary(layered => layered.TeamId, layered => layered.Of(span).Total.P50);
        return PublicationDecision.IsNews(before, after);
    }

    [LoggerMessage(LogLevel.Information, "Published version {Version} of the forecast: {Reason}.")]
    private partial void LogPublished(long version, PublicationReason reason);

    [LoggerMessage(LogLevel.Warning, "Forecasts could not be published; trying again.")]
    private partial void LogFailed(Exception exception);
}
