using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Metering.Intake;
using Platform.Postgres;

namespace Platform.Metering.Folding;

/// <summary>
/// Adds up sums by all dimensions over three hours and weeks, once they are over, so that questions about callers over months read few rows and the intake pays nothing.
/// (1) Behind the lock that every intake shares it is said up to when: from then on an intake of before says which periods it changes. (2) Each period is added up, and
/// counts from the commit on if nobody has changed it meanwhile; else it waits to be quiet again (docs/decisions/0092).
/// </summary>
internal sealed partial class FoldOldSums(NpgsqlDataSource dataSource, IOptions<FoldOptions> options, TimeProvider time, ILogger<FoldOldSums> log) : BackgroundService
{
    /// <summary>How long a period is over, and unchanged, before it is folded: what comes an hour late is ordinary, and folds nothing twice.</summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromHours(1);

    /// <summary>Folds what there is to fold. Answers how many periods.</summary>
    internal async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var quietSince = time.GetUtcNow() - Quiet;
        await RaiseAsync(FoldPeriod.BoundaryBefore(quietSince), cancellationToken);
        var folded = 0;
        while (await FoldNextAsync(quietSince, cancellationToken) is { } isFolded)
        {
            folded += isFolded ? 1 : 0;
        }

        return folded;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = TimeSpan.FromSeconds(options.Value.LookSeconds);
        return LookLoop.RunAsync(LookAsync, cancellationToken => Task.Delay(pause, time, cancellationToken), LogFailed, pause, time, log, stoppingToken);
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (await RunAsync(cancellationToken) is var folded and > 0)
        {
            LogFolded(folded);
        }
    }

    private async Task RaiseAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await FoldStore.ReadUntilAsync(transaction, cancellationToken) < until && await FoldStore.TryLockAsync(transaction, cancellationToken))
        {
            await Watermark.EnterClosingAsync(transaction, cancellationToken);
            await FoldStore.RaiseUntilAsync(transaction, until, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
    }

    /// <summary>Whether a period was folded, or has changed while it was; null when there is none, or another replica is at it.</summary>
    private async Task<bool?> FoldNextAsync(DateTimeOffset quietSince, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await FoldStore.TryLockAsync(transaction, cancellationToken) || await FoldStore.ReadNextAsync(transaction, quietSince, cancellationToken) is not { } waiting)
        {
            return null;
        }

        await FoldStore.FoldAsync(transaction, waiting.Period, cancellationToken);
        if (!await FoldStore.ConfirmAsync(transaction, waiting, cancellationToken))
        {
            return false;
        }

        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    [LoggerMessage(LogLevel.Information, "Added up the sums of {Periods} spans of three hours and weeks.")]
    private partial void LogFolded(int periods);

    [LoggerMessage(LogLevel.Warning, "Sums of what is over could not be added up; trying again.")]
    private partial void LogFailed(Exception exception);
}
