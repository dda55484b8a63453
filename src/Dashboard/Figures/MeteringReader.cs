using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Dashboard.Figures;

/// <summary>Spend of the calendar month to date, in UTC, of one team, model or workload, as Metering sums it.</summary>
/// <param name="Before">Spend of the month before, up to the same day and time.</param>
public sealed record MonthSpend(string Key, Money Cost, long Calls, long UnpricedCalls, Money Before)
{
    /// <summary>Of the cost, money without calls: credit notes (negative) and what was charged afterwards.</summary>
    public Money Adjustment { get; init; }
}

/// <param name="Others">What the rows leave out, summed up; null when that is nothing.</param>
public sealed record MonthSpends(IReadOnlyList<MonthSpend> Rows, MonthSpend? Others);

/// <summary>Run rate of a team or, with an empty id, of the organisation.</summary>
public sealed record RunRateLine(Money LastHour, Money LastDay, Money MonthToDate, Money? Daily, Money? MonthProjected, int Days);

/// <summary>What wallets let through this month though they could not cover it: paid by the organisation (overflow), or only observed. Of a team with its callers.</summary>
/// <param name="Mark">One of <see cref="MarkNames"/>.</param>
public sealed record MarkedSpend(string TeamId, string Mark, Money Cost, long Calls);

/// <param name="TeamId">The team that it was read for; empty for the organisation.</param>
/// <param name="RunRates">The organisation's under an empty id, and the chosen team's.</param>
/// <param name="Teams">Of all teams; models and workloads are of the chosen one.</param>
public sealed record MeteringFigures(
    string TeamId, string Currency, DateTimeOffset MonthStart, IReadOnlyDictionary<string, RunRateLine> RunRates, MonthSpends Teams, MonthSpends Models,
    MonthSpends Workloads, IReadOnlyList<MarkedSpend> Marked)
{
    /// <summary>What of the month's spend is money without calls.</summary>
    /// <param name="teamId">Empty: of all teams.</param>
    public Money AdjustmentOf(string teamId) =>
        new(Teams.Rows.Where(team => teamId.Length == 0 || team.Key == teamId).Sum(team => team.Adjustment.Nanos) + (teamId.Length == 0 ? Teams.Others?.Adjustment.Nanos ?? 0 : 0));
}

public sealed record DaySpend(DateOnly Day, string Workload, Money Cost)
{
    /// <summary>Stands for the workloads that are not told apart; none is called so.</summary>
    public const string Others = "(others)";
}

/// <param name="TeamId">The team that it was read for; empty for the organisation.</param>
/// <param name="From">First day; days without spend have no row.</param>
/// <param name="Today">Last day, not yet over.</param>
public sealed record SpendHistory(string TeamId, string Currency, DateOnly From, DateOnly Today, IReadOnlyList<DaySpend> Days);

/// <summary>What the month's refused attempts of a team could have cost at most.</summary>
public sealed record DeniedLine(string TeamId, string Reason, long Attempts, Money Estimated);

public sealed record DeniedFigures(string Currency, IReadOnlyList<DeniedLine> Lines);

internal sealed class MeteringReader(Usage.UsageClient usage, Demand.DemandClient demand, TimeProvider time)
{
    public const int HistoryDays = 90;

    private static readonly TimeSpan QuarterHour = TimeSpan.FromMinutes(15);

    /// <summary>How far ahead of its own clock Metering lets others' be.</summary>
    private static readonly TimeSpan MostAhead = TimeSpan.FromMinutes(5);

    /// <summary>Models and workloads that a table names. A workload is whatever a caller calls it, so there is no end to them.</summary>
    private const int MostRows = 50;

    /// <summary>Workloads that the chart tells apart.</summary>
    private const int MostBars = 12;

    /// <param name="teamId">The chosen team; empty for the organisation.</param>
    public async Task<MeteringFigures> ReadAsync(string teamId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (from, before) = (MonthOf(now), Ceiling(now + MostAhead));
        var teams = QueryAsync(Month("", SpendDimension.Team, most: 0), cancellationToken);
        var models = QueryAsync(Month(teamId, SpendDimension.Model, MostRows), cancellationToken);
        var workloads = QueryAsync(Month(teamId, SpendDimension.Workload, MostRows), cancellationToken);
        var marked = ReadMarkedAsync(from, before, cancellationToken);
        var runRates = await Task.WhenAll(new[] { "", teamId }.Distinct().Select(id => RunRateAsync(id, cancellationToken)));
        return new MeteringFigures(
            teamId, (await teams).Currency, from, runRates.ToDictionary(), Spends(await teams), Spends(await models), Spends(await workloads), await marked);

        QuerySpendRequest Month(string ofTeam, SpendDimension dimension, int most) => Request(ofTeam, from, before, new QuerySpendRequest
        {
            GroupBy = { dimension }, Compare = true, OrderBy = SpendMetric.Cost, Top = most,
        });
    }

    /// <summary>Spend by day and workload: of the dearest workloads of these days, and the others' together.</summary>
    /// <param name="teamId">The chosen team; empty for the organisation.</param>
    public async Task<SpendHistory> ReadHistoryAsync(string teamId, CancellationToken cancellationToken)
    {
        var today = new DateTimeOffset(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var from = today.AddDays(1 - HistoryDays);
        var dearest = await QueryAsync(
            Days(new QuerySpendRequest { GroupBy = { SpendDimension.Workload }, OrderBy = SpendMetric.Cost, Top = MostBars }), cancellationToken);
        var byWorkload = Days(new QuerySpendRequest { GroupBy = { SpendDimension.Day, SpendDimension.Workload } });
        if (dearest.OtherRows > 0)
        {
            byWorkload.Filters.Add(new SpendFilter { Dimension = SpendDimension.Workload, Values = { dearest.Rows.Select(row => row.Keys[0]) } });
        }

        var days = (await QueryAsync(byWorkload, cancellationToken)).Rows.Select(row => new DaySpend(DayOf(row), row.Keys[1], new Money(row.CostNanos))).ToList();
        if (dearest.OtherRows > 0)
        {
            var named = days.GroupBy(day => day.Day).ToDictionary(day => day.Key, day => day.Sum(spend => spend.Cost.Nanos));
            var all = await QueryAsync(Days(new QuerySpendRequest { GroupBy = { SpendDimension.Day } }), cancellationToken);
            days.AddRange(all.Rows.Select(row => new DaySpend(DayOf(row), DaySpend.Others, new Money(row.CostNanos - named.GetValueOrDefault(DayOf(row))))));
        }

        return new SpendHistory(teamId, dearest.Currency, DateOnly.FromDateTime(from.UtcDateTime), DateOnly.FromDateTime(today.UtcDateTime), days);

        QuerySpendRequest Days(QuerySpendRequest request) => Request(teamId, from, today.AddDays(1), request);
    }

    // What was only observed was let through, and stands in spend.
    public async Task<DeniedFigures> ReadDeniedAsync(CancellationToken cancellationToken)
    {
        var request = new QueryDeniedRequest { From = MonthOf(time.GetUtcNow()).ToTimestamp(), GroupBy = { SpendDimension.Team, SpendDimension.Reason } };
        var answer = await demand.QueryDeniedAsync(request, deadline: Patience.Until(time), cancellationToken: cancellationToken);
        return new DeniedFigures(
            answer.Currency,
            [.. answer.Rows.Where(row => row.Attempts > 0).Select(row => new DeniedLine(row.Keys[0], row.Keys[1], row.Attempts, new Money(row.EstimatedNanos)))]);
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

    private async Task<QuerySpendResponse> QueryAsync(QuerySpendRequest request, CancellationToken cancellationToken) =>
        await usage.QuerySpendAsync(request, deadline: Patience.Until(time), cancellationToken: cancellationToken);

    private static QuerySpendRequest Request(string teamId, DateTimeOffset from, DateTimeOffset before, QuerySpendRequest request)
    {
        (request.From, request.To) = (from.ToTimestamp(), before.ToTimestamp());
        if (teamId.Length > 0)
        {
            request.Filters.Add(new SpendFilter { Dimension = SpendDimension.Team, Values = { teamId } });
        }

        return request;
    }

    private static MonthSpends Spends(QuerySpendResponse answer) =>
        new([.. answer.Rows.Select(row => Spend(row.Keys[0], row))], answer.Others is { } others ? Spend("", others) : null);

    private static MonthSpend Spend(string key, SpendRow row) =>
        new(key, new Money(row.CostNanos), row.Calls, row.UnpricedCalls, new Money(row.Previous.CostNanos)) { Adjustment = new Money(row.AdjustmentNanos) };

    private static DateOnly DayOf(SpendRow row) => DateOnly.ParseExact(row.Keys[0], "yyyy-MM-dd", CultureInfo.InvariantCulture);

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
