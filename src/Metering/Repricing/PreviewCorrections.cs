using System.Data;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Periods;
using Platform.Metering.Prices;

namespace Platform.Metering.Repricing;

/// <summary>
/// What prices would correct of what is recorded, before they come: (1) the book as it would be, (2) the records that <see cref="RepriceUsage"/> would look at, in one
/// reading transaction, (3) its decision on each, added up by month. Writes nothing.
/// </summary>
internal sealed class PreviewCorrections(NpgsqlDataSource dataSource, TimeProvider time)
{
    private const int BatchSize = 5_000;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <param name="planned">Of the book; at most one a subject.</param>
    /// <param name="aliases">Those that are new or stand for another model.</param>
    public async Task<CorrectionPreview> RunAsync(
        PriceSnapshot book, IReadOnlyList<PlannedPrice> planned, IReadOnlyList<PriceAliasRow> aliases, string currency, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var next = Book(book, planned, aliases);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var used = await RepricingStore.ReadModelsAsync(connection, cancellationToken);
        var months = new SortedDictionary<string, CorrectedMonth>(StringComparer.Ordinal);
        var (open, zone) = await ReadOpenAsync(connection, currency, cancellationToken);
        var answer = new CorrectionPreview { Currency = currency, LateMonth = open?.Name ?? "" };
        foreach (var (version, from, to) in Works(next, planned, aliases, now).Where(work => work.Version.Price.Currency == currency))
        {
            var names = next.NamesOf(version.Price.Provider, version.Price.Model);
            var work = new RepricingWork(0, version.Price.PriceId, from, to, null, null);
            var isDone = !names.Any(name => used.Contains((version.Price.Provider, name)));
            while (!isDone)
            {
                if (time.GetElapsedTime(began) > Longest)
                {
                    answer.LookedUntil = (work.DoneUntil ?? from).ToTimestampUtc();
                    return Total(answer, months);
                }

                var batch = await RepricingStore.ReadCandidatesAsync(connection, work, version.Price.Provider, names, version.Price.Tier, BatchSize, cancellationToken);
                Count(batch.Records, version, next.In(currency), zone, open?.From, months);
                (work, isDone) = (batch.Work, batch.IsLast);
            }
        }

        return Total(answer, months);
    }

    /// <summary>With the planned versions under ids of their own, below 0.</summary>
    private static PriceSnapshot Book(PriceSnapshot book, IReadOnlyList<PlannedPrice> planned, IReadOnlyList<PriceAliasRow> aliases)
    {
        var ends = planned.Where(price => price.Ends is not null).ToDictionary(price => price.Ends!.Price.PriceId, price => price.Version.EffectiveFrom);
        return new PriceSnapshot(
            book.Revision,
            [
                .. book.Versions.Select(version => ends.TryGetValue(version.Price.PriceId, out var end) ? version with { EffectiveTo = end } : version),
                .. planned.Select((price, index) => price.Version with { Price = price.Version.Price with { PriceId = -1 - index } }),
            ],
            [.. aliases.Select(alias => WithPast(alias, book)).UnionBy(book.Aliases, alias => (alias.Provider, alias.Alias))]);
    }

    private static PriceAliasRow WithPast(PriceAliasRow alias, PriceSnapshot book) =>
        book.Aliases.FirstOrDefault(known => known.Provider == alias.Provider && known.Alias == alias.Alias) is { } before ? alias with { PastModels = [.. before.PastModels, before.Model] } : alias;

    /// <summary>As <see cref="AddPrices"/> and <see cref="ImportPrices"/> would owe them, each version once.</summary>
    private static IEnumerable<(PriceVersion Version, DateTimeOffset From, DateTimeOffset To)> Works(
        PriceSnapshot next, IReadOnlyList<PlannedPrice> planned, IReadOnlyList<PriceAliasRow> aliases, DateTimeOffset now)
    {
        var models = aliases.Select(alias => (alias.Provider, alias.Model)).ToHashSet();
        var owed = planned.Index().Where(price => price.Item.Owes is not null).ToDictionary(price => -1L - price.Index, price => price.Item.Owes!.Value);
        return next.Versions
            .Where(version => owed.ContainsKey(version.Price.PriceId) || models.Contains((version.Price.Provider, version.Price.Model)))
            .Select(version => models.Contains((version.Price.Provider, version.Price.Model))
                ? (version, Moments.Earliest, now)
                : (version, owed[version.Price.PriceId].From, owed[version.Price.PriceId].To));
    }

    /// <summary>The first month that is not closed, and the zone that months are closed in; null and UTC where none is.</summary>
    private static async Task<(BillingMonth? Open, TimeZoneInfo Zone)> ReadOpenAsync(NpgsqlConnection connection, string currency, CancellationToken cancellationToken)
    {
        if (await PeriodStore.ReadClosedAsync(connection, currency, cancellationToken) is not [.., var last])
        {
            return (null, TimeZoneInfo.Utc);
        }

        var zone = CalendarPeriod.StoredZone(last.TimeZone);
        return (BillingMonth.Containing(last.EndsAt.ToDateTimeOffset(), zone), zone);
    }

    /// <param name="zone">Of the months.</param>
    /// <param name="openFrom">What occurred before is booked then, as <see cref="Intake.IntakeEntry.Book"/> does.</param>
    private static void Count(
        IReadOnlyList<RepricedRecord> candidates, PriceVersion version, PriceSnapshot next, TimeZoneInfo zone, DateTimeOffset? openFrom,
        SortedDictionary<string, CorrectedMonth> months)
    {
        foreach (var (stored, correction) in RepricingDecision.DecideAll(candidates, version, next).Corrections)
        {
            var key = BillingMonth.Containing(correction.OccurredAt, zone).Name;
            if (!months.TryGetValue(key, out var month))
            {
                months.Add(key, month = new CorrectedMonth { Month = key });
            }

            month.Records++;
            month.UnpricedRecords += stored.Cost is null ? 1 : 0;
            month.DifferenceNanos = checked(month.DifferenceNanos + correction.Cost!.Value.TotalNanos);
            if (correction.OccurredAt < openFrom)
            {
                month.LateRecords++;
                month.LateDifferenceNanos = checked(month.LateDifferenceNanos + correction.Cost!.Value.TotalNanos);
            }
        }
    }

    private static CorrectionPreview Total(CorrectionPreview answer, SortedDictionary<string, CorrectedMonth> months)
    {
        answer.Months.Add(months.Values);
        answer.Records = months.Values.Sum(month => month.Records);
        answer.DifferenceNanos = months.Values.Sum(month => month.DifferenceNanos);
        return answer;
    }
}
