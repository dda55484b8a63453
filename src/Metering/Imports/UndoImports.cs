using Npgsql;
using Platform.Contracts;
using Platform.Metering.Intake;
using Platform.Metering.Teams;
using Platform.Postgres;

namespace Platform.Metering.Imports;

/// <summary>
/// Takes imports back that it was asked to. One replica at a time, a batch a transaction, in which the corrections, the roll-ups, the events for Wallet and Forecast
/// and the import's cursor change together; a correction's id follows from its record, so none is written twice. Corrections by price keep out of it meanwhile.
/// </summary>
internal sealed partial class UndoImports(
    NpgsqlDataSource dataSource, TeamDirectory organisation, Outbox outbox, UndoSignal signal, TimeProvider time, ILogger<UndoImports> log) : BackgroundService
{
    private const int BatchSize = 1_000;
    private const string TryLock = $"SELECT pg_try_advisory_xact_lock({AdvisoryLocks.ImportUndo})";
    private const string KeepPricesOut = $"SELECT pg_advisory_xact_lock({AdvisoryLocks.Repricing})";
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>Takes back what there is to be. Answers how many records were.</summary>
    internal async Task<long> RunAsync(CancellationToken cancellationToken)
    {
        var records = 0L;
        while (await RunBatchAsync(cancellationToken) is { } undone)
        {
            records += undone;
        }

        return records;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => LookLoop.RunAsync(
        LookAsync, cancellationToken => signal.WaitAsync(LookInterval, cancellationToken), LogFailed, LookInterval, time, log, stoppingToken);

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (await RunAsync(cancellationToken) is var records and > 0)
        {
            LogUndone(records);
        }
    }

    /// <summary>Null when nothing is to be taken back, or another replica is at it.</summary>
    private async Task<int?> RunBatchAsync(CancellationToken cancellationToken)
    {
        // Asked before there is a transaction that anybody could wait for: Wallet may be slow to answer. It is known from the first answer on.
        var currency = await organisation.GetCurrencyAsync(cancellationToken);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var tryLock = new NpgsqlCommand(TryLock, connection, transaction))
        {
            if (!(bool)(await tryLock.ExecuteScalarAsync(cancellationToken))!)
            {
                return null;
            }
        }

        if (await ImportStore.ReadUndoingAsync(transaction, cancellationToken) is not { } import)
        {
            return null;
        }

        await using (var keepOut = new NpgsqlCommand(KeepPricesOut, connection, transaction))
        {
            await keepOut.ExecuteNonQueryAsync(cancellationToken);
        }

        // Entered before the records are locked, as every intake does: nobody waits for this one in the other order.
        var entry = await Watermark.EnterIntakeAsync(transaction, time, cancellationToken);
        var records = await ImportRecordStore.LockNextAsync(
            transaction, import.ImportId, import.UndoneUntil.OccurredAt, import.UndoneUntil.RecordId, BatchSize, cancellationToken);
        await StoreAsync(transaction, [.. records.Select(UndoneUsage.Of).OrderBy(usage => usage.RecordId)], currency, entry, cancellationToken);
        await ImportStore.AdvanceAsync(
            transaction, import, records.Count,
            records.Count == 0 ? import.UndoneUntil : (records[^1].Record.Event.OccurredAt.ToDateTimeOffset(), Guid.Parse(records[^1].Record.RecordId)),
            records.Count < BatchSize ? time.GetUtcNow().TruncateToMicroseconds() : null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        return records.Count;
    }

    private static async Task StoreAsync(NpgsqlTransaction transaction, List<RatedUsage> corrections, string currency, IntakeEntry entry, CancellationToken cancellationToken)
    {
        if (corrections.Count == 0)
        {
            return;
        }

        var isNew = await IdentityStore.AddAsync(transaction, corrections, cancellationToken);
        List<RatedUsage> stored = [.. corrections.Where((_, position) => isNew[position]).Select(entry.Book)];
        if (stored.Count > 0)
        {
            await UsageStore.CopyAsync(transaction, stored, entry.RecordedAt, currency, cancellationToken);
            await UsageMessages.OweAsync(transaction, stored, entry.RecordedAt, currency, cancellationToken);
            await ToldLimit.AddAsync(transaction, stored, cancellationToken);
            await RollupStore.AddAsync(transaction, Rollup.Sum(stored), entry, cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Records} imported records were taken back.")]
    private partial void LogUndone(long records);

    [LoggerMessage(LogLevel.Warning, "An import could not be taken back; trying again.")]
    private partial void LogFailed(Exception exception);
}
