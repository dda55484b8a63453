using Npgsql;
using Platform.Contracts;
using Platform.Metering.Alerts;
using Platform.Metering.Intake;
using Platform.Metering.Prices;
using Platform.Metering.Teams;
using Platform.Postgres;
using Platform.ServiceDefaults;

namespace Platform.Metering.Repricing;

/// <summary>
/// Writes the corrections that prices owe to what was recorded before they came. One replica at a time, a batch a transaction, in which the corrections, the
/// roll-ups, the events for Wallet and Forecast and the work's cursor change together; a correction's id follows from record and price, so none is written twice. A batch whose
/// figures cannot be written is divided, until the record that it is for stands alone: that one keeps the cost that it has, and holds no other up.
/// </summary>
internal sealed partial class RepriceUsage(
    NpgsqlDataSource dataSource, TeamDirectory organisation, Outbox outbox, RaiseAlert raise, RepricingSignal signal, TimeProvider time, ILogger<RepriceUsage> log)
    : BackgroundService
{
    /// <summary>The source of corrections by price.</summary>
    public const string Source = "pricing";

    private const int BatchSize = 500;

    /// <summary>A batch that fails is tried again with a part of its records.</summary>
    private const int Part = 8;

    private const string TryLock = $"SELECT pg_try_advisory_xact_lock({AdvisoryLocks.Repricing})";
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>Takes up what is owed until nothing is. Answers how many corrections were written.</summary>
    internal async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var (corrections, size, failure) = (0, BatchSize, (Exception?)null);
        while (true)
        {
            try
            {
                if (await RunBatchAsync(size, failure, cancellationToken) is not { } written)
                {
                    return corrections;
                }

                corrections += written;
                (size, failure) = (Math.Min(size * Part, BatchSize), null);
            }
            catch (Exception exception) when (failure is null && DatabaseFailures.IsOfFigures(exception))
            {
                (size, failure) = (Math.Max(size / Part, 1), size == 1 ? exception : null);
            }
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => LookLoop.RunAsync(
        LookAsync, cancellationToken => signal.WaitAsync(LookInterval, cancellationToken), LogFailed, LookInterval, time, log, stoppingToken);

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (await RunAsync(cancellationToken) is var corrections and > 0)
        {
            LogCorrected(corrections);
        }
    }

    /// <summary>Null when nothing is owed, or another replica is at it.</summary>
    /// <param name="size">Of records; corrections of them come on top.</param>
    /// <param name="failure">Why the corrections of the next record cannot be written: it is left as it is. Null for none.</param>
    private async Task<int?> RunBatchAsync(int size, Exception? failure, CancellationToken cancellationToken)
    {
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

        if (await RepricingStore.LockNextAsync(transaction, cancellationToken) is not { } work)
        {
            return null;
        }

        var book = await PriceStore.ReadBookAsync(transaction, cancellationToken);
        var version = book.Versions.Single(candidate => candidate.Price.PriceId == work.PriceId);
        var batch = await RepricingStore.ReadCandidatesAsync(
            connection, work, version.Price.Provider, book.NamesOf(version.Price.Provider, version.Price.Model), version.Price.Tier, size, cancellationToken);
        var own = book.In(currency);
        var (corrections, kept) = version.Price.Currency != currency ? ([], [])
            : failure is null ? RepricingDecision.DecideAll(batch.Records, version, own)
            : ([], [.. batch.Records.Select(stored => stored.CorrectedRecord).Distinct()]);
        var written = await StoreAsync(transaction, [.. corrections.OrderBy(pair => pair.Correction.RecordId)], kept, currency, cancellationToken);
        if (kept.Count > 0)
        {
            await raise.AddAsync(transaction, AlertOf.UsageNotRepriced(version.Price, kept, time.GetUtcNow()), cancellationToken);
        }

        await RepricingStore.AdvanceAsync(transaction, batch.Work, written, batch.IsLast ? time.GetUtcNow().TruncateToMicroseconds() : null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        if (kept.Count > 0)
        {
            LogKept(failure, kept.Count, version.Price.PriceId, version.Price.Provider, version.Price.Model, kept[0]);
        }

        return written;
    }

    /// <summary>Answers how many were written.</summary>
    /// <param name="kept">Gets the records that the sums of all have no room for.</param>
    private async Task<int> StoreAsync(
        NpgsqlTransaction transaction, List<(RepricedRecord Stored, RatedUsage Correction)> corrections, List<Guid> kept, string currency, CancellationToken cancellationToken)
    {
        if (corrections.Count == 0)
        {
            return 0;
        }

        var entry = await Watermark.EnterIntakeAsync(transaction, time, cancellationToken);

        // As of one that costs more than a record may, a record's corrections that would take the sums of all out of their range are left out, all or none: see RepricingDecision. So are those of a
        // record that is no longer kept, whose own corrections may be.
        corrections.RemoveAll(pair => pair.Stored.PricedAt < entry.KeptFrom);
        var recordOf = corrections.ToDictionary(pair => pair.Correction.RecordId, pair => pair.Stored.CorrectedRecord);
        var refused = await ToldLimit.FindRefusedAsync(transaction, corrections.ConvertAll(pair => pair.Correction), usage => recordOf[usage.RecordId], cancellationToken);
        kept.AddRange(corrections.Where(pair => refused.Contains(pair.Correction.RecordId)).Select(pair => pair.Stored.CorrectedRecord).Distinct());
        corrections.RemoveAll(pair => refused.Contains(pair.Correction.RecordId));

        var isNew = await IdentityStore.AddAsync(transaction, corrections.ConvertAll(pair => pair.Correction), cancellationToken);
        var stored = corrections.Where((_, position) => isNew[position]).ToList();
        if (stored.Count > 0)
        {
            var records = stored.ConvertAll(pair => entry.Book(pair.Correction));
            await UsageStore.CopyAsync(transaction, records, entry.RecordedAt, currency, cancellationToken);
            await UsageMessages.OweAsync(transaction, records, entry.RecordedAt, currency, cancellationToken);
            await ToldLimit.AddAsync(transaction, records, cancellationToken);
            await RollupStore.AddAsync(
                transaction, Rollup.Sum(records, stored.Where(pair => pair.Stored.Cost is null).Select(pair => Unpriced(pair.Stored))), entry,
                cancellationToken);
        }

        return stored.Count;
    }

    /// <summary>The record as its roll-up row has counted it.</summary>
    private static RatedUsage Unpriced(RepricedRecord stored)
    {
        var usage = stored.Record.Event;
        return new RatedUsage(
            usage, Guid.Parse(stored.Record.RecordId), Guid.Parse(usage.AttemptId), Guid.Parse(usage.CallId),
            usage.CorrectsRecordId.Length == 0 ? null : Guid.Parse(usage.CorrectsRecordId), usage.OccurredAt.ToDateTimeOffset(), RatedUsage.TokensOf(usage), null, null)
        {
            BookedAt = stored.Record.BookedAt == usage.OccurredAt ? null : stored.Record.BookedAt.ToMoment(),
        };
    }

    [LoggerMessage(LogLevel.Information, "Prices that came late brought {Corrections} corrections.")]
    private partial void LogCorrected(int corrections);

    [LoggerMessage(
        LogLevel.Error,
        "{Records} records keep the cost that they have, and their corrections theirs, because one of them or a sum would leave the range at price {Price} of {Provider} {Model}; the first is {First}. "
        + "Where the price is a slip, set the right one, retroactively; where the tokens of a correction are, take it back (kt usage correct).")]
    private partial void LogKept(Exception? failure, int records, long price, string provider, string model, Guid first);

    [LoggerMessage(LogLevel.Warning, "Corrections by price could not be written; trying again.")]
    private partial void LogFailed(Exception exception);
}
