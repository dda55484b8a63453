using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Dashboard.Figures;

/// <summary>Spend of the calendar month in UTC, as Metering sums it.</summary>
public sealed record MonthSpend(string TeamId, string Model, string Workload, Money Cost, long Calls, long UnpricedCalls);

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

    /// <param name="teamId">The chosen team; empty for the organisation.</param>
    public async Task<MeteringFigures> ReadAsync(string teamId, CancellationToken cancellationToken)
    {
        var today = time.GetUtcNow().UtcDateTime.Date;
        var month = new DateTimeOffset(today.Year, today.Month, 1, 0, 0, 0, TimeSpan.Zero);
        var spend = QueryAsync(
            month, month.AddMonths(1), [SpendDimension.Team, SpendDimension.Model, SpendDimension.Workload], cancellationToken);
        var runRates = await Task.WhenAll(new[] { "", teamId }.Distinct().Select(id => RunRateAsync(id, cancellationToken)));
        var answer = await spend;
        return new MeteringFigures(
            answer.Currency,
            month,
            runRates.ToDictionary(),
            [.. answer.Rows.Select(row => new MonthSpend(row.Keys[0], row.Keys[1], row.Keys[2], new Money(row.CostNanos), row.Calls, row.UnpricedCalls))]);
    }

    public async Task<SpendHistory> ReadHistoryAsync(CancellationToken cancellationToken)
    {
        var today = new DateTimeOffset(time.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var from = today.AddDays(1 - HistoryDays);
        var answer = await QueryAsync(
            from, today.AddDays(1), [SpendDimension.Day, SpendDimension.Team, SpendDimension.Workload], cancellationToken);
        return new SpendHistory(
            answer.Currency,
            DateOnly.FromDateTime(from.UtcDateTime),
            DateOnly.FromDateTime(today.UtcDateTime),
            [.. answer.Rows.Select(row => new DaySpend(
                DateOnly.ParseExact(row.Keys[0], "yyyy-MM-dd", CultureInfo.InvariantCulture), row.Keys[1], row.Keys[2], new Money(row.CostNanos)))]);
    }

    private async Task<QuerySpendResponse> QueryAsync(
        DateTimeOffset from, DateTimeOffset before, SpendDimension[] groupBy, CancellationToken cancellationToken)
    {
        var request = new QuerySpendRequest { From = from.ToTimestamp(), To = before.ToTimestamp(), GroupBy = { groupBy } };
        return await usage.QuerySpendAsync(request, deadline: Patience.Until(time), cancellationToken: cancellationToken);
    }

    private async Task<KeyValuePair<string, RunRateLine>> RunRateAsync(string teamId, CancellationToken cancellationToken)
    {
        var rate = await usage.GetRunRateAsync(
            new GetRunRateRequest { TeamId = teamId }, deadline: Patience.Until(time), cancellationToken: cancellationToken);
        return new(teamId, new RunRateLine(
            new Money(rate.LastHourNanos),
            new Money(rate.LastDayNanos),
            new Money(rate.MonthToDateNanos),
            new Money(rate.DailyRunRateNanos),
            new Money(rate.MonthProjectedNanos)));
    }
}
