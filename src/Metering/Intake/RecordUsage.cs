using System.Collections.Frozen;
using System.Diagnostics;
using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;
using Platform.Metering.Workloads;
using PriceBook = Platform.Metering.Prices.PriceBook;

namespace Platform.Metering.Intake;

/// <summary>
/// The single intake. (1) Check each event on its own. (2) Look up corrected records, teams, rules and prices, each once a batch. (3) Rate. (4) Store what is new,
/// together with what other requests bring at the same time; where the price book has changed meanwhile, rate anew first. (5) Answer one result an event.
/// </summary>
internal sealed partial class RecordUsage(
    NpgsqlDataSource dataSource, PriceBook prices, TeamDirectory teams, WorkloadClassifier classifier, IntakeQueue queue, IntakeTransaction transaction, MeteringTelemetry telemetry,
    TimeProvider time, ILogger<RecordUsage> log)
{
    public const int MaxBatch = 1_000;

    /// <summary>A price book that changes so often while one batch is recorded is being imported in a loop.</summary>
    private const int MaxRatings = 20;

    /// <param name="isImport">True for what an import of this service brings, which may name its import and its sources.</param>
    /// <param name="granted">Of what a lease holder tells, what its leases were granted (<see cref="LeaseLimit"/>); null for all others.</param>
    /// <param name="isDryRun">Answer what would become of each event, and record none.</param>
    /// <exception cref="Grpc.Core.RpcException">
    /// INVALID_ARGUMENT (BATCH_TOO_LARGE); RESOURCE_EXHAUSTED (INTAKE_BUSY); UNAVAILABLE when an unknown team, or an unknown key where a rule of classes names one, cannot be asked for.
    /// </exception>
    public async Task<RecordResponse> RunAsync(
        IReadOnlyList<UsageEvent> events, CancellationToken cancellationToken, bool isImport = false, IReadOnlyDictionary<Guid, long>? granted = null, bool isDryRun = false)
    {
        using var activity = MeteringTelemetry.Source.StartActivity("usage intake");
        var (batch, rows, currency) = await PrepareAsync(events, isImport, granted, cancellationToken);
        await StoreAsync(rows);
        for (var ratings = 1; rows.Exists(row => row.IsStale); ratings++)
        {
            if (ratings == MaxRatings)
            {
                throw RpcErrors.Create(StatusCode.ResourceExhausted, Reasons.IntakeBusy, "The price book changes faster than usage can be rated by it. Send the batch again shortly.");
            }

            rows = batch.Rate(await prices.GetCurrentAsync(cancellationToken), currency);
            await StoreAsync(rows);
        }

        batch.Answer();
        if (isDryRun)
        {
            telemetry.CountTried(events.Count);
        }
        else
        {
            Tell(batch, activity);
        }

        return batch.ToResponse();

        Task StoreAsync(List<IntakeRow> rated) => isDryRun ? transaction.TryAsync(rated, currency, cancellationToken) : queue.StoreAsync(rated, currency, cancellationToken);
    }

    /// <summary>What <see cref="RunAsync"/> would answer, as far as can be said without doing it. Nothing is written.</summary>
    public async Task<RecordResponse> PreviewAsync(IReadOnlyList<UsageEvent> events, bool isImport, CancellationToken cancellationToken)
    {
        var (batch, rows, _) = await PrepareAsync(events, isImport, null, cancellationToken);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var known = await IdentityStore.ReadKnownAsync(connection, [.. rows.Select(row => row.Usage.RecordId).Distinct()], cancellationToken);
        var firsts = new Dictionary<Guid, IntakeRow>();
        foreach (var row in rows)
        {
            row.Known = known.TryGetValue(row.Usage.RecordId, out var record) ? record : null;
            row.RepeatOf = firsts.TryAdd(row.Usage.RecordId, row) ? null : firsts[row.Usage.RecordId];
            row.IsStored = row.Known is null && row.RepeatOf is null;
        }

        batch.Answer();
        return batch.ToResponse();
    }

    private async Task<(IntakeBatch Batch, List<IntakeRow> Rows, string Currency)> PrepareAsync(
        IReadOnlyList<UsageEvent> events, bool isImport, IReadOnlyDictionary<Guid, long>? granted, CancellationToken cancellationToken)
    {
        if (events.Count > MaxBatch)
        {
            throw RpcErrors.InvalidArgument($"A batch holds at most {MaxBatch} events; this one has {events.Count}. Split it.", Reasons.BatchTooLarge);
        }

        var currency = await teams.GetCurrencyAsync(cancellationToken);
        var batch = new IntakeBatch(events, granted ?? FrozenDictionary<Guid, long>.Empty);
        batch.Check(time.GetUtcNow(), isImport);
        batch.Complete(await ReadCorrectedAsync(batch.Corrected, cancellationToken));
        batch.RefuseTeams(await teams.FindUnknownAsync(batch.Pending.Select(usage => usage.TeamId), cancellationToken));
        batch.Classify(await classifier.GetCurrentAsync(batch.Unclassified.Select(usage => usage.KeyId), cancellationToken));
        return (batch, batch.Rate(await prices.GetCurrentAsync(cancellationToken), currency), currency);
    }

    /// <summary>A correction needs the record that it corrects to be stored before.</summary>
    private async Task<IReadOnlyDictionary<Guid, CorrectedRecord>> ReadCorrectedAsync(Guid[] recordIds, CancellationToken cancellationToken)
    {
        if (recordIds.Length == 0)
        {
            return FrozenDictionary<Guid, CorrectedRecord>.Empty;
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await UsageStore.ReadCorrectedAsync(connection, null, recordIds, cancellationToken);
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
}
