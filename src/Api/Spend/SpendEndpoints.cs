using Microsoft.AspNetCore.Mvc;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using PeriodsClient = Platform.Contracts.Metering.V1.Periods.PeriodsClient;
using UsageClient = Platform.Contracts.Metering.V1.Usage.UsageClient;

namespace Platform.Api.Spend;

/// <summary>Sums from the roll-ups, and the run rate.</summary>
internal static class SpendEndpoints
{
    /// <summary>How far ahead of its own clock Metering lets others' be.</summary>
    private static readonly TimeSpan MostAhead = TimeSpan.FromMinutes(5);

    public static void MapSpend(this WebApplication app)
    {
        var spend = app.MapGroup("/v1/spend").WithTags("spend");
        spend.MapGet("", QueryAsync).WithSummary(
            "Spend by any of team, user, application, key, workload, lane, provider, model, outcome, funding and one of quarter_hour, hour, day, week, month; of what is filtered by mark also by that; "
            + "with the period before, and the greatest first.");
        spend.MapGet("/run-rate", RunRateAsync).WithSummary("The run rate of all, or of what filters leave.");
    }

    private static async Task<SpendBody> QueryAsync(
        string? from, string? to, string? since, string? period, string? group_by, string? granularity, string? metric, int? top, bool? compare, bool? booked,
        [AsParameters] SpendFilterQuery filter, [FromQuery] string[]? mark, string? time_zone, UsageClient usage, PeriodsClient periods, TimeProvider time, HttpContext http)
    {
        var now = time.GetUtcNow();
        var zone = await ZoneAsync(time_zone, booked ?? false, periods, http);
        var groupBy = Dimensions(group_by, granularity, "Spend", SpendDimension.Reason);
        var range = SpendRange.Read(from, to, since, period, zone, now, groupBy).InQuarterHours();
        var request = new QuerySpendRequest
        {
            From = range.From.ToTimestampUtc(),
            // An end at "now" would leave out what others' clocks, a little ahead, say of the next quarter hour.
            To = !range.EndsNow ? range.To.ToTimestampUtc() : compare == true ? SpendRange.After(now + MostAhead).ToTimestampUtc() : null,
            TimeZone = zone ?? "",
            OrderBy = Metric(metric, top),
            Top = top ?? 0,
            Compare = compare ?? false,
            Booked = booked ?? false,
        };
        request.GroupBy.Add(groupBy);
        request.Filters.Add(filter.Read(mark));
        var answer = await usage.QuerySpendAsync(request, Call.Options(http));
        return SpendBody.Of(range, string.IsNullOrEmpty(zone) ? "UTC" : zone, request, answer);
    }

    /// <summary>
    /// What is booked is asked for by the months of the books: what comes late is booked in the first moment of an open month, which in another zone is still in the
    /// closed one.
    /// </summary>
    private static async Task<string?> ZoneAsync(string? asked, bool booked, PeriodsClient periods, HttpContext http) => !booked || !string.IsNullOrEmpty(asked)
        ? asked
        : (await periods.ListPeriodsAsync(new ListPeriodsRequest(), Call.Options(http))).Periods.FirstOrDefault()?.TimeZone;

    private static async Task<RunRateBody> RunRateAsync(
        [AsParameters] SpendFilterQuery filter, [FromQuery] string[]? mark, string? time_zone, UsageClient usage, HttpContext http)
    {
        var request = new GetRunRateRequest { TimeZone = time_zone ?? "" };
        request.Filters.Add(filter.Read(mark));
        return RunRateBody.From(await usage.GetRunRateAsync(request, Call.Options(http)));
    }

    private static string Names(IReadOnlyList<SpendDimension> others) =>
        string.Join(", ", Enum.GetValues<SpendDimension>().Except(others).Select(EnumText.Of).Where(name => name.Length > 0));

    /// <summary>Rows are in the order of their keys unless a metric or a number of rows is asked for.</summary>
    private static SpendMetric Metric(string? text, int? top) => text is null
        ? top > 0 ? SpendMetric.Cost : SpendMetric.Unspecified
        : EnumText.TryParse<SpendMetric>(text, out var metric)
            ? metric
            : throw RpcErrors.InvalidArgument($"metric '{text}' must be one of {EnumText.Names<SpendMetric>()}.");

    /// <summary>Comma-separated dimension names; absent means one total. A granularity is the calendar unit by the name that dashboards use, and comes first.</summary>
    /// <param name="of">What is grouped, for messages.</param>
    /// <param name="others">Dimensions that only others have.</param>
    public static IReadOnlyList<SpendDimension> Dimensions(string? text, string? granularity, string of, params IReadOnlyList<SpendDimension> others)
    {
        var dimensions = (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(name => EnumText.TryParse<SpendDimension>(name, out var dimension) && !others.Contains(dimension)
                ? dimension
                : throw RpcErrors.InvalidArgument($"{of} cannot be grouped by '{Validation.Shown(name)}'. Groupings: {Names(others)}."))
            .ToList();
        if (granularity is not null)
        {
            dimensions.Insert(0, granularity switch
            {
                "hourly" => SpendDimension.Hour,
                "daily" => SpendDimension.Day,
                "weekly" => SpendDimension.Week,
                "monthly" => SpendDimension.Month,
                _ => throw RpcErrors.InvalidArgument($"granularity '{granularity}' must be hourly, daily, weekly or monthly."),
            });
        }

        return dimensions.Distinct().Count() == dimensions.Count
            ? dimensions
            : throw RpcErrors.InvalidArgument("group_by names a dimension twice.");
    }
}
