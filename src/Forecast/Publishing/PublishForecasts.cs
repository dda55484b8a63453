using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Series;
using Platform.Postgres;

namespace Platform.Forecast.Publishing;

/// <summary>
/// Tells what is forecast of the organisation and of each team, every hour; every minute while the organisation's history is too short, so that the first forecast is
/// not waited for. One replica at a time; the events and the moment of the publication are one transaction.
/// </summary>
internal sealed partial class PublishForecasts(
    NpgsqlDataSource dataSource, ReadForecast forecast, OrganisationDirectory organisation, Outbox outbox, TimeProvider time, ILogger<PublishForecasts> log)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);

    /// <summary>Publishes if it is time to. Answers how many scopes were told of; 0 when it is not, or when another replica is at it.</summary>
    internal async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await PublicationStore.LockAsync(transaction, cancellationToken) is not { } last || now < last.AsOf + (last.IsComplete ? Interval : FirstInterval))
        {
            return 0;
        }

        var currency = await organisation.ReadCurrencyAsync(cancellationToken);
        var moment = await forecast.RunAsync(BillingCalendar.Find("")!, now, cancellationToken);
        var totals = new DailyTotals(moment.Current.Horizon.Days);
        ForecastScope[] scopes = [.. (await organisation.ListTeamIdsAsync(cancellationToken)).Prepend("").Select(teamId => ForecastScopes.Make(moment, teamId, totals))];

        foreach (var chunk in scopes.Chunk(ForecastPublished.MaxScopes))
        {
            var message = new ForecastPublished(Guid.CreateVersion7(now), now, currency, chunk);
            await outbox.AddAsync(transaction, message.MessageId, message, cancellationToken);
        }

        await PublicationStore.WriteAsync(transaction, new Publication(now, scopes[0].Ahead.Count > 0), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        return scopes.Length;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunAsync(stoppingToken);
                await timer.WaitForNextTickAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is NpgsqlException or RpcException)
            {
                LogFailed(exception);
                await Task.Delay(LookInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Forecasts could not be published; trying again.")]
    private partial void LogFailed(Exception exception);
}
