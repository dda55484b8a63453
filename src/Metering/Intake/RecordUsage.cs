using System.Collections.Frozen;
using System.Diagnostics;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;
using Platform.Metering.Teams;
using Platform.Postgres;
using PriceBook = Platform.Metering.Prices.PriceBook;

namespace Platform.Metering.Intake;

/// <summary>
/// The single intake. (1) Check each event on its own. (2) Look up teams, prices and corrected records, each once a batch. (3) Rate. (4) In one
/// transaction: store what is new, owe the events to the broker, add to the roll-ups. (5) Wake the relay and answer one result an event.
/// </summary>
internal sealed partial class RecordUsage(
    NpgsqlDataSource dataSource, PriceBook prices, TeamDirectory teams, Outbox outbox, UnpricedAlerts unpricedAlerts, MeteringTelemetry telemetry, TimeProvider time,
    ILogger<RecordUsage> log)
{
    public const int MaxBatch = 1_000;
    private const int MaxTries = 5;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (BATCH_TOO_LARGE); UNAVAILABLE when an unknown team cannot be asked for.</exception>
    public async Task<RecordResponse> RunAsync(IReadOnlyList<UsageEvent> events, CancellationToken cancellationToken)
    {
        if (events.Count > MaxBatch)
        {
            throw RpcErrors.InvalidArgument($"A batch holds at most {MaxBatch} events; this one has {events.Count}. Split it.", Reasons.BatchTooLarge);
        }

        using var activity = MeteringTelemetry.Source.StartActivity("usage intake");
        var currency = await teams.GetCurrencyAsync(cancellationToken);
        var batch = new IntakeBatch(events);
        batch.Check(time.GetUtcNow());
        batch.RefuseTeams(await teams.FindUnknownAsync(batch.Pending.Select(usage => usage.TeamId).Distinct(StringComparer.Ordinal), cancellationToken));
        var corrected = await ReadCorrectedAsync(batch.Corrected, cancellationToken);
        batch.Rate(await prices.GetCurrentAsync(cancellationToken), currency, corrected);
        batch.RefuseCorrections(corrected);
        await StoreAsync(batch, currency, cancellationToken);
        outbox.Wake();
        Tell(batch, activity);
        return batch.ToResponse();
    }

    /// <summary>A correction needs the record that it corrects to be stored before.</summary>
    private async Task<IReadOnlyDictionary<Guid, CorrectedRecord>> ReadCorrectedAsync(Guid[] recordIds, CancellationToken cancellationToken)
    {
        if (recordIds.Length == 0)
        {
            return FrozenDictionary<Guid, CorrectedRecord>.Empty;
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await UsageStore.ReadCorrectedAsync(connection, recordIds, cancellationToken);
    }

    private async Task StoreAsync(IntakeBatch batch, string currency, CancellationToken cancellationToken)
    {
        RatedUsage[] rows = [.. batch.Rated.OrderBy(usage => usage.RecordId)];
        for (var attempt = 1; rows.Length > 0; attempt++)
        {
            try
            {
                await StoreOnceAsync(batch, rows, currency, cancellationToken);
                return;
            }
            catch (PostgresException exception) when (
                attempt < MaxTries && exception.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
            {
                LogTriedAgain(exception.SqlState, attempt);
            }
        }
    }

    private async Task StoreOnceAsync(IntakeBatch batch, RatedUsage[] rows, string currency, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var notBefore = await Watermark.EnterIntakeAsync(transaction, cancellationToken);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var recordedAt = now > notBefore ? now : notBefore;
        var inserted = await UsageStore.InsertAsync(transaction, rows, recordedAt, currency, cancellationToken);
        RatedUsage[] stored = inserted.Count == rows.Length ? rows : [.. rows.Where(usage => inserted.Contains(usage.RecordId))];
        foreach (var message in UsageMessages.Of(stored, recordedAt, currency))
        {
            await outbox.AddAsync(transaction, message.BatchId, message, cancellationToken);
        }

        foreach (var late in stored.Where(usage => usage.OwedPriceId is not null))
        {
            await RepricingStore.OweAsync(
                transaction, late.OwedPriceId!.Value, late.OccurredAt, late.OccurredAt + TimeSpan.FromMicroseconds(1), recordedAt, cancellationToken);
        }

        await unpricedAlerts.AddAsync(transaction, stored, recordedAt, cancellationToken);

        // Last, because batches of one moment share roll-up rows: they wait for each other only from here to the commit.
        if (stored.Length > 0)
        {
            await RollupStore.AddAsync(transaction, Rollup.Sum(stored), cancellationToken);
        }

        Guid[] known = [.. batch.Rated.Select(usage => usage.RecordId).Where(id => !inserted.Contains(id))];
        var costs = known.Length == 0 ? [] : await UsageStore.ReadCostsAsync(connection, known, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        batch.Stored(inserted, costs);
    }

    private void Tell(IntakeBatch batch, Activity? activity)
    {
        var unpriced = telemetry.Count(batch.Events, batch.Results);
        activity?.SetTag("kt.metering.events", batch.Events.Count);
        activity?.SetTag("kt.metering.unpriced", unpriced.Count);
        foreach (var (provider, model, records) in unpriced)
        {
            LogUnpriced(provider, model, records);
        }
    }

    [LoggerMessage(LogLevel.Warning, "No price for {Provider} {Model}: {Records} records are stored without a cost. Set a price for it.")]
    private partial void LogUnpriced(string provider, string model, int records);

    [LoggerMessage(LogLevel.Information, "An intake met another one in the database ({SqlState}), try {Attempt}; trying again.")]
    private partial void LogTriedAgain(string sqlState, int attempt);
}
