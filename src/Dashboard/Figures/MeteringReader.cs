using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Dashboard.Figures;

/// <summary>Spend of the calendar month to date, in UTC, as Metering sums it.</summary>
/// <param name="Before">Spend of the month before, up to the same day and time.</param>
public sealed record MonthSpend(string TeamId, string Model, string Workload, Money Cost, long Calls, long UnpricedCalls, Money Before);

/// <summary>Run rate of a team or, with an empty id, of the organisation.</summary>
public sealed record RunRateLine(Money LastHour, Money LastDay, Money MonthToDate, Money Daily, Money MonthProjected);

/// <param name="RunRates">The organisation's under an empty id, and the chosen team's.</param>
public sealed record MeteringFigures(
    string Currency, DateTimeOffset MonthStart, IReadOnlyDictionary<string, RunRateLine> RunRates, IReadOnlyList<MonthSpend> Month);

public sealed record DaySpend(DateOnly Day, string TeamId, string Workload, Money Cost);

/// <param name="From">First day; days without spend have no row.</param>
/// <param name="Today">Last day, not yet over.</param>
public sealed record SpendHistory(string Currency, DateOnly From, DateOnly Today, IReadOnlyList<DaySpend> Days);

internal sealed class MeteringReader(Usage.UsageClient usage, TimeProvider time)
{
    public const int HistoryDays = 90;

    private static readonly TimeSpan QuarterHour = TimeSpan.FromMinutes(15);

    /// <summary>How far ahead of its own clock Metering lets others' be.</summary>
    private static readonly TimeSpan MostAhead = TimeSpan.FromMinutes(5);

    /// <param name="teamId">The chosen team; empty for the organisation.</param>
    public async Task<MeteringFigures> ReadAsync(string teamId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var month = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero);
        var spend = QueryAsync(
            month, Ceiling(now + MostAhead), [SpendDimension.Team, SpendDimension.Model, SpendDimension.Workload], compare: true, cancellationToken);
        var runRates = await Task.WhenAll(new[] { "", teamId }.Distinct().Select(id => RunRateAsync(id, cancellationToken)));
        var answer = await spend;
        return new MeteringFigures(
            answer.Currency,
            month,
            runRates.ToDictionary(),
            [.. answer.Rows.Select(row => new MonthSpend(
                row.Keys[0], row.Keys[1], row.Keys[2], new Money(row.CostNanos), row.Calls, row.UnpricedCalls, new Money(row.Previous.CostNanos)))]);
    }

    public async Task<SpendHistory> ReadHistoryAsync(CancellationToken cancellationToken)
    {
        var today = new DateTimeOffset(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var from = today.AddDays(1 - HistoryDays);
        var answer = await QueryAsync(
            from, today.AddDays(1), [SpendDimension.Day, SpendDimension.Team, SpendDimension.Workload], compare: false, cancellationToken);
        return new SpendHistory(
            answer.Currency,
            DateOnly.FromDateTime(from.UtcDateTime),
            DateOnly.FromDateTime(today.UtcDateTime),
            [.. answer.Rows.Select(row => new DaySpend(
                DateOnly.ParseExact(row.Keys[0], "yyyy-MM-dd", CultureInfo.InvariantCulture), row.Keys[1], row.Keys[2], new Money(row.CostNanos)))]);
    }

    private async Task<QuerySpendResponse> QueryAsync(
        DateTimeOffset from, DateTimeOffset before, SpendDimension[] groupBy, bool compare, CancellationToken cancellationToken)
    {
        var request = new QuerySpendRequest { From = from.ToTimestamp(), To = before.ToTimestamp(), GroupBy = { groupBy }, Compare = compare };
        return await usage.QuerySpendAsync(request, deadline: Patience.Until(time), cancellationToken: cancellationToken);
    }

    private static DateTimeOffset Ceiling(DateTimeOffset moment) => new(((moment.UtcTicks / QuarterHour.Ticks) + 1) * QuarterHour.Ticks, TimeSpan.Zero);

    private async Task<KeyValuePair<string, RunRateLine>> RunRateAsync(string teamId, CancellationToken cancellationToken)
    {
        var request = new GetRunRateRequest();
        if (teamId.Length > 0)
        {
            request.Filters.Add(new SpendFilter { Dimension = SpendDimension.Team, Values = { teamId } });
        }

        var rate = await usage.GetRunRateAsync(request, deadline: Patience.Until(time), cancellationToken: cancellationToken);
        return new(teamId, new RunRateLine(
            new Money(rate.LastHourNanos),
            new Money(rate.LastDayNanos),
            new Money(rate.MonthToDateNanos),
            new Money(rate.DailyRunRateNanos),
            new Money(rate.MonthProjectedNanos)));
    }
}
