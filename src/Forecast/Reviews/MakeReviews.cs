using Npgsql;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Versions;
using Platform.Postgres;

namespace Platform.Forecast.Reviews;

/// <summary>
/// Makes the review of the last week that is over and keeps it, once, from Monday two o'clock (UTC) on, when the day's version of the forecast is out and late usage is in. One replica at a
/// time. A service that was away makes it when it is back, as long as it is the last week: of weeks before it the figures ahead would be those of another time.
/// </summary>
internal sealed partial class MakeReviews(NpgsqlDataSource dataSource, ReviewStore store, VersionStore versions, MakeReview make, TimeProvider time, ILogger<MakeReviews> log) : BackgroundService
{
    private static readonly TimeSpan From = TimeSpan.FromHours(2);

    /// <summary>A history that is being imported makes a first version before all of it is in.</summary>
    private static readonly TimeSpan FirstWait = TimeSpan.FromHours(1);

    private static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(1);

    /// <summary>Null when there is one, when it is too early, when another replica is at it, and until an hour after the first version of the forecast.</summary>
    internal async Task<WeeklyReview?> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var week = ReviewWeek.LastOver(DateOnly.FromDateTime((now - From).UtcDateTime));
        if (await versions.FindAsync(1, cancellationToken) is not { } first || now < first.AsOf + FirstWait || await store.FindAsync(week.Name, cancellationToken) is not null)
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

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => LookLoop.RunAsync(LookAsync, LogFailed, LookInterval, time, log, stoppingToken);

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (await RunAsync(cancellationToken) is { } review)
        {
            LogMade(review.Week, review.Recommendations.Count);
        }
    }

    [LoggerMessage(LogLevel.Information, "Made the review of {Week}, with {Recommendations} recommendations.")]
    private partial void LogMade(string week, int recommendations);

    [LoggerMessage(LogLevel.Warning, "The week's review could not be made; trying again.")]
    private partial void LogFailed(Exception exception);
}
