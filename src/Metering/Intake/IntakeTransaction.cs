using Npgsql;
using Platform.Contracts;
using Platform.Metering.Alerts;
using Platform.Metering.Imports;
using Platform.Metering.Repricing;
using Platform.Metering.Waste;
using Platform.Postgres;
using Platform.ServiceDefaults.Faults;

namespace Platform.Metering.Intake;

/// <summary>
/// Records a group of rated events in one transaction: (1) enter, behind what readers have closed, and leave out what another price book has rated; (2) make known what
/// is new, but for rows of imports that have ended; (3) decide corrections with their records locked, what may be given back without tokens, what is left of leases that their holders tell of, and of the range of sums; (4) copy the records; (5) owe the
/// events to the broker, and corrections by prices that came late; (6) add to the sums of rules in shadow mode and to the roll-ups.
/// </summary>
internal sealed partial class IntakeTransaction(
    NpgsqlDataSource dataSource, UsagePartitions partitions, Outbox outbox, UnpricedAlerts unpricedAlerts, TimeProvider time, ILogger<IntakeTransaction> log)
{
    private const int MaxTries = 5;

    /// <summary>One trial at a time: they pass the queue by, and whoever tries in a loop is to wait for himself and not let the intake wait for connections and locks.</summary>
    private readonly SemaphoreSlim _trial = new(1);

    private volatile bool _expectsNew = true;

    /// <param name="rows">In the order in which they were told; each says afterwards what became of it.</param>
    public async Task RunAsync(IReadOnlyList<IntakeRow> rows, string currency, CancellationToken cancellationToken)
    {
        await partitions.EnsureAsync(rows, cancellationToken);
        await RunAsync(rows, currency, isTrial: false, cancellationToken);
        outbox.Wake();
    }

    /// <summary>As <see cref="RunAsync"/>, up to what is decided: the rows say what would become of them, and nothing of it stays. One at a time; others wait for their turn.</summary>
    public async Task TryAsync(IReadOnlyList<IntakeRow> rows, string currency, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
        {
            return;
        }

        await _trial.WaitAsync(cancellationToken);
        try
        {
            await RunAsync(rows, currency, isTrial: true, cancellationToken);
        }
        finally
        {
            _trial.Release();
        }
    }

    private async Task RunAsync(IReadOnlyList<IntakeRow> rows, string currency, bool isTrial, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await RunOnceAsync(rows, currency, isTrial, cancellationToken);
                return;
            }
            catch (PostgresException exception) when (
                attempt < MaxTries && exception.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure)
            {
                LogTriedAgain(exception.SqlState, attempt);
            }
        }
    }

    private async Task RunOnceAsync(IReadOnlyList<IntakeRow> rows, string currency, bool isTrial, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var entry = await Watermark.EnterIntakeAsync(transaction, time, cancellationToken);
        var current = await KeepOpenAsync(transaction, RatedBy(rows, entry.PriceRevision), cancellationToken);
        var added = await AddIdentitiesAsync(transaction, FirstOfEach(current), entry.KeptFrom, cancellationToken);
        CrashPoint.Reach(CrashPoints.IntakeAfterIdentities);
        var stored = await CorrectionLimit.KeepAllowedAsync(transaction, current, added, cancellationToken);
        stored = await LeaseLimit.KeepAllowedAsync(transaction, current, stored, cancellationToken);
        stored = await CreditLimit.KeepAllowedAsync(transaction, current, stored, cancellationToken);
        stored = await ToldLimit.KeepAllowedAsync(transaction, stored, cancellationToken);
        if (isTrial)
        {
            stored.ForEach(row => row.IsStored = true);
            return;
        }

        if (stored.Count > 0)
        {
            await StoreAsync(transaction, stored.ConvertAll(row => entry.Book(row.Usage)), entry, currency, cancellationToken);
        }

        CrashPoint.Reach(CrashPoints.IntakeBeforeCommit);
        await transaction.CommitAsync(cancellationToken);
        CrashPoint.Reach(CrashPoints.IntakeAfterCommit);
        stored.ForEach(row => row.IsStored = true);
    }

    /// <summary>The rows that were rated by the price book as it is; the others are left to be rated anew. All, as a rule.</summary>
    private static IReadOnlyList<IntakeRow> RatedBy(IReadOnlyList<IntakeRow> rows, long priceRevision)
    {
        var stale = 0;
        foreach (var row in rows)
        {
            row.Reset();
            row.IsStale = row.PriceRevision != priceRevision;
            stale += row.IsStale ? 1 : 0;
        }

        return stale == 0 ? rows : [.. rows.Where(row => !row.IsStale)];
    }

    /// <summary>Refuses rows of imports that take no more: their request lost the connection that kept the import from ending.</summary>
    private static async Task<IReadOnlyList<IntakeRow>> KeepOpenAsync(NpgsqlTransaction transaction, IReadOnlyList<IntakeRow> rows, CancellationToken cancellationToken)
    {
        Guid[] imports = [.. rows.Select(row => row.Usage.ImportId).OfType<Guid>().Distinct()];
        if (imports.Length == 0)
        {
            return rows;
        }

        var open = await ImportStore.LockOpenAsync(transaction, imports, cancellationToken);
        foreach (var row in rows.Where(row => row.Usage.ImportId is { } importId && !open.Contains(importId)))
        {
            row.Refusal = $"Import {row.Usage.ImportId} takes no more rows. Open another one; rows that it has are known there.";
        }

        return [.. rows.Where(row => row.Refusal is null)];
    }

    /// <summary>The first row of each event, by record id; the others point at it.</summary>
    private static List<IntakeRow> FirstOfEach(IReadOnlyList<IntakeRow> rows)
    {
        var ordered = new List<IntakeRow>(rows.Count);

        // A stable order: of those with one id, the first that was told comes first.
        foreach (var row in rows.OrderBy(row => row.Usage.RecordId))
        {
            if (ordered.Count > 0 && ordered[^1].Usage.RecordId == row.Usage.RecordId)
            {
                row.RepeatOf = ordered[^1];
            }
            else
            {
                ordered.Add(row);
            }
        }

        return ordered;
    }

    private async Task<List<IntakeRow>> AddIdentitiesAsync(
        NpgsqlTransaction transaction, List<IntakeRow> firsts, DateTimeOffset keptFrom, CancellationToken cancellationToken)
    {
        var usages = firsts.ConvertAll(row => row.Usage);

        // Groups are all new as a rule; one that follows a group with something known is looked at row by row.
        if (_expectsNew && usages.TrueForAll(usage => usage.OccurredAt >= keptFrom) && await IdentityStore.TryAddAllAsync(transaction, usages, cancellationToken))
        {
            return firsts;
        }

        var isNew = await IdentityStore.AddAsync(transaction, usages, cancellationToken);
        _expectsNew = !isNew.Contains(false);
        if (_expectsNew)
        {
            return firsts;
        }

        List<IntakeRow> others = [.. firsts.Where((_, position) => !isNew[position])];
        var known = await IdentityStore.ReadKnownAsync(transaction.Connection!, [.. others.Select(row => row.Usage.RecordId)], cancellationToken);
        foreach (var row in others)
        {
            row.Known = known.TryGetValue(row.Usage.RecordId, out var record) ? record : null;
            row.Refusal = row.Usage.OccurredAt < keptFrom
                ? $"occurred_at {row.Usage.OccurredAt:O} lies before {keptFrom:O}; older usage is no longer kept nor taken in."
                : null;
        }

        return [.. firsts.Where((_, position) => isNew[position])];
    }

    private async Task StoreAsync(
        NpgsqlTransaction transaction, List<RatedUsage> stored, IntakeEntry entry, string currency, CancellationToken cancellationToken)
    {
        var recordedAt = entry.RecordedAt;
        await UsageStore.CopyAsync(transaction, stored, recordedAt, currency, cancellationToken);
        CrashPoint.Reach(CrashPoints.IntakeAfterRecords);
        await UsageMessages.OweAsync(transaction, stored, recordedAt, currency, cancellationToken);
        // One work a price and group at most: an import of a model's past would be a work a row.
        await RepricingStore.OweAsync(
            transaction,
            [
                .. stored.Where(usage => usage.OwedPriceId is not null).GroupBy(usage => usage.OwedPriceId!.Value)
                    .Select(late => (late.Key, late.Min(usage => usage.PricedAt), late.Max(usage => usage.PricedAt) + TimeSpan.FromMicroseconds(1))),
            ],
            recordedAt, cancellationToken);

        await unpricedAlerts.AddAsync(transaction, stored, recordedAt, cancellationToken);

        await ToldLimit.AddAsync(transaction, stored, cancellationToken);

        await ShadowRuleStore.AddAsync(transaction, stored, cancellationToken);

        // Last, because groups of one moment share roll-up rows: they wait for each other only from here to the commit.
        await RollupStore.AddAsync(transaction, Rollup.Sum(stored), entry, cancellationToken);
    }

    [LoggerMessage(LogLevel.Information, "An intake met another one in the database ({SqlState}), try {Attempt}; trying again.")]
    private partial void LogTriedAgain(string sqlState, int attempt);
}
