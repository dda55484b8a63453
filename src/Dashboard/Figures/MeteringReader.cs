using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Dashboard.Figures;

/// <summary>Spend of the calendar month to date, in UTC, as Metering sums it.</summary>
/// <param name="Before">Spend of the month before, up to the same day and time.</param>
public sealed record MonthSpend(string TeamId, string Model, string Workload, Money Cost, long Calls, long UnpricedCalls, Money Before);

/// <summary>Run rate of a team or, with an empty id, of the organisation.</summary>
public sealed record RunRateLine(Money LastHour, Money LastDay, Money MonthToDate, Money? Daily, Money? MonthProjected, int Days);

/// <summary>What wallets let through this month though they could not cover it: paid by the organisation (overflow), or only observed. Of a team with its callers.</summary>
/// <param name="Mark">One of <see cref="MarkNames"/>.</param>
public sealed record MarkedSpend(string TeamId, string Mark, Money Cost, long Calls);

/// <param name="RunRates">The organisation's under an empty id, and the chosen team's.</param>
public sealed record MeteringFigures(
    string Currency, DateTimeOffset MonthStart, IReadOnlyDictionary<string, RunRateLine> RunRates, IReadOnlyList<MonthSpend> Month,
    IReadOnlyList<MarkedSpend> Marked);

public sealed record DaySpend(DateOnly Day, string TeamId, string Workload, Money Cost);

/// <summary>What the month's refused attempts of a team could have cost at most.</summary>
public sealed record DeniedLine(string TeamId, string Reason, long Attempts, Money Estimated);

/// <param name="From">First day; days without spend have no row.</param>
/// <param name="Today">Last day, not yet over.</param>
public sealed record SpendHistory(string Currency, DateOnly From, DateOnly Today, IReadOnlyList<DaySpend> Days, IReadOnlyList<DeniedLine> Denied);

internal sealed class MeteringReader(Usage.UsageClient usage, Demand.DemandClient demand, TimeProvider time)
{
    public const int HistoryDays = 90;

    private static readonly TimeSpan QuarterHour = TimeSpan.FromMinutes(15);

    /// <summary>How far ahead of its own clock Metering lets others' be.</summary>
    private static readonly TimeSpan MostAhead = TimeSpan.FromMinutes(5);

    /// <param name="teamId">The chosen team; empty for the organisation.</param>
    public async Task<MeteringFigures> ReadAsync(string teamId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var month = MonthOf(now);
        var spend = QueryAsync(
            month, Ceiling(now + MostAhead), [SpendDimension.Team, SpendDimension.Model, SpendDimension.Workload], compare: true, cancellationToken);
        var marked = ReadMarkedAsync(month, Ceiling(now + MostAhead), cancellationToken);
        var runRates = await Task.WhenAll(new[] { "", teamId }.Distinct().Select(id => RunRateAsync(id, cancellationToken)));
        var answer = await spend;
        return new MeteringFigures(
            answer.Currency,
            month,
            runRates.ToDictionary(),
            [.. answer.Rows.Select(row => new MonthSpend(
                row.Keys[0], row.Keys[1], row.Keys[2], new Money(row.CostNanos), row.Calls, row.UnpricedCalls, new Money(row.Previous.CostNanos)))],
            await marked);
    }

    public async Task<SpendHistory> ReadHistoryAsync(CancellationToken cancellationToken)
    {
        var today = new DateTimeOffset(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var from = today.AddDays(1 - HistoryDays);
        var denied = ReadDeniedAsync(MonthOf(today), cancellationToken);
        var answer = await QueryAsync(
            from, today.AddDays(1), [SpendDimension.Day, SpendDimension.Team, SpendDimension.Workload], compare: false, cancellationToken);
        return new SpendHistory(
            answer.Currency,
            DateOnly.FromDateTime(from.UtcDateTime),
            DateOnly.FromDateTime(today.UtcDateTime),
            [.. answer.Rows.Select(row => new DaySpend(
                DateOnly.ParseExact(row.Keys[0], "yyyy-MM-dd", CultureInfo.InvariantCulture), row.Keys[1], row.Keys[2], new Money(row.CostNanos)))],
            await denied);
    }

    private async Task<IReadOnlyList<MarkedSpend>> ReadMarkedAsync(DateTimeOffset from, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var request = new QuerySpendRequest
        {
            From = from.ToTimestamp(),
            To = before.ToTimestamp(),
            GroupBy = { SpendDimension.Team, SpendDimension.Mark },
            Filters = { new SpendFilter { Dimension = SpendDimension.Mark, Values = { MarkNames.Overflow, MarkNames.Observed } } },
        };
        var answer = await usage.QuerySpendAsync(request, deadline: Patience.Until(time), cancellationToken: cancellationToken);
        return [.. answer.Rows.Select(row => new MarkedSpend(row.Keys[0], row.Keys[1], new Money(row.CostNanos), row.Calls))];
    }

    // What was only observed was let through, and stands in spend.
    private async Task<IReadOnlyList<DeniedLine>> ReadDeniedAsync(DateTimeOffset month, CancellationToken cancellationToken)
    {
        var request = new QueryDeniedRequest { From = month.ToTimestamp(), GroupBy = { SpendDimension.Team, SpendDimension.Reason } };
        var answer = await demand.QueryDeniedAsync(request, deadline: Patience.Until(time), cancellationToken: cancellationToken);
        return [.. answer.Rows.Where(row => row.Attempts > 0).Select(row => new DeniedLine(row.Keys[0], row.Keys[1], row.Attempts, new Money(row.EstimatedNanos)))];
    }

    private async Task<QuerySpendResponse> QueryAsync(
        DateTimeOffset from, DateTimeOffset before, SpendDimension[] groupBy, bool compare, CancellationToken cancellationToken)
    {
        var request = new QuerySpendRequest { From = from.ToTimestamp(), To = before.ToTimestamp(), GroupBy = { groupBy }, Compare = compare };
        return await usage.QuerySpendAsync(request, deadline: Patience.Until(time), cancellationToken: cancellationToken);
    }

    private static DateTimeOffset MonthOf(DateTimeOffset moment) => new(moment.Year, moment.Month, 1, 0, 0, 0, TimeSpan.Zero);

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
            rate.HasDailyRunRateNanos ? new Money(rate.DailyRunRateNanos) : null,
            rate.HasMonthProjectedNanos ? new Money(rate.MonthProjectedNanos) : null,
            rate.RunRateDays));
    }
}
