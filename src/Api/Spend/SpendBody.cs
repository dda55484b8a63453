using System.Text.Json.Serialization;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Spend;

/// <param name="From">The range that was summed, half open: the whole quarter hours that the one asked for touches.</param>
/// <param name="Metric">What rows are ordered by; empty: by their keys.</param>
/// <param name="Others">The sum of the rows beyond the first `top`; null when there are none.</param>
/// <param name="OtherRows">How many rows these are.</param>
/// <param name="UnpricedShare">Part of all calls that has no price, whose cost is in no sum: 0 to 1.</param>
/// <param name="UnclassifiedShare">Part of all calls that has no workload class: 0 to 1.</param>
/// <param name="UnclassifiedCostShare">Part of the cost, likewise.</param>
/// <param name="ComparedWith">The period before; null when it was not asked for.</param>
internal sealed record SpendBody(
    DateTimeOffset From, DateTimeOffset To, string TimeZone, string Currency, IReadOnlyList<string> GroupBy, string Metric, IReadOnlyList<SpendRowBody> Rows,
    SpendRowBody? Others, int OtherRows, SpendRowBody Total, decimal UnpricedShare, decimal UnclassifiedShare, decimal UnclassifiedCostShare,
    SpendPeriodBody? ComparedWith)
{
    public static SpendBody Of(SpendRange range, string timeZone, QuerySpendRequest request, QuerySpendResponse answer)
    {
        var total = answer.Total ?? new SpendRow();
        return new SpendBody(
            range.From, range.To, timeZone, answer.Currency, [.. request.GroupBy.Select(EnumText.Of)], EnumText.Of(request.OrderBy),
            [.. answer.Rows.Select(row => SpendRowBody.From(row, request.GroupBy))],
            answer.Others is { } others ? SpendRowBody.From(others, []) : null, answer.OtherRows, SpendRowBody.From(total, []),
            Share(total.UnpricedCalls, total.Calls), Share(total.UnclassifiedCalls, total.Calls), Share(total.UnclassifiedCostNanos, total.CostNanos),
            answer.PreviousFrom is null ? null : new SpendPeriodBody(answer.PreviousFrom.ToMoment(), answer.PreviousTo.ToMoment()));
    }

    /// <summary>To four places: a few of a million are not none, and all but a few are not all.</summary>
    public static decimal Share(long part, long whole)
    {
        var share = whole <= 0 ? 0 : Math.Clamp(part / (decimal)whole, 0, 1);
        return share is 0 or 1 ? share : Math.Clamp(decimal.Round(share, 4), 0.0001m, 0.9999m);
    }
}

/// <summary>Half open.</summary>
internal sealed record SpendPeriodBody(DateTimeOffset? From, DateTimeOffset? To);

/// <param name="LastHour">Spend of the last hour, and so on.</param>
/// <param name="DailyRunRate">Mean of <paramref name="RunRateDays"/>, a day; null while there is none.</param>
/// <param name="MonthProjected">Month to date plus the run rate for the rest: a rule of thumb, not the forecast. Null without a run rate.</param>
/// <param name="RunRateDays">How many full days the run rate is the mean of: the last seven, or those since the day of the first usage, where they are fewer.</param>
internal sealed record RunRateBody(
    string Currency, Money LastHour, Money LastDay, [property: JsonPropertyName("last_7_days")] Money Last7Days, Money MonthToDate,
    Money? DailyRunRate, Money? MonthProjected, int RunRateDays, DateTimeOffset? AsOf)
{
    public static RunRateBody From(RunRate rate) => new(
        rate.Currency, new(rate.LastHourNanos), new(rate.LastDayNanos), new(rate.Last7DaysNanos), new(rate.MonthToDateNanos),
        rate.HasDailyRunRateNanos ? new Money(rate.DailyRunRateNanos) : null, rate.HasMonthProjectedNanos ? new Money(rate.MonthProjectedNanos) : null,
        rate.RunRateDays, rate.AsOf.ToMoment());
}
