using Grpc.Core;
using Npgsql;
using Platform.Contracts.Forecast.V1;

namespace Platform.Forecast.Reviews;

/// <summary>
/// Makes the review of the last week that is over and keeps it, once, from Monday two o'clock (UTC) on, when the day's version of the forecast is out and late usage is in. One replica at a
/// time. A service that was away makes it when it is back, as long as it is the last week: of weeks before it the figures ahead would be those of another time.
/// </summary>
internal sealed partial class MakeReviews(NpgsqlDataSource dataSource, ReviewStore store, MakeReview make, TimeProvider time, ILogger<MakeReviews> log) : BackgroundService
{
    private static readonly TimeSpan From = TimeSpan.FromHours(2);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(1);

    /// <summary>Null when there is one, when it is too early, when another replica is at it, and where there is no usage.</summary>
    internal async Task<WeeklyReview?> RunAsync(CancellationToken cancellationToken)
    {
        var week = ReviewWeek.LastOver(DateOnly.FromDateTime((time.GetUtcNow() - From).UtcDateTime));
        if (await store.FindAsync(week.Name, cancellationToken) is not null || !await store.HasUsageAsync(week.NextMonday, cancellationToken))
        {
            return null;
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await ReviewStore.TryLockAsync(transaction, cancellationToken) || await store.FindAsync(week.Name, cancellationToken) is not null)
        {
            return null;
        }

        var review = await make.RunAsync(week, cancellationToken);
        review.Kept = true;
        await ReviewStore.WriteAsync(transaction, review, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return review;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await RunAsync(stoppingToken) is { } review)
                {
                    LogMade(review.Week, review.Recommendations.Count);
                }

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

    [LoggerMessage(LogLevel.Information, "Made the review of {Week}, with {Recommendations} recommendations.")]
    private partial void LogMade(string week, int recommendations);

    [LoggerMessage(LogLevel.Warning, "The week's review could not be made; trying again.")]
    private partial void LogFailed(Exception exception);
}
