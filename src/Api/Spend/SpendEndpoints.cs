using System.Text.Json.Serialization;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using UsageClient = Platform.Contracts.Metering.V1.Usage.UsageClient;

namespace Platform.Api.Spend;

/// <summary>Sums from the roll-ups, and the run rate.</summary>
internal static class SpendEndpoints
{
    public static void MapSpend(this WebApplication app)
    {
        var spend = app.MapGroup("/v1/spend").WithTags("spend");
        spend.MapGet("", QueryAsync).WithSummary("Spend by any of team, workload, lane, provider, model, key, hour, day, month.");
        spend.MapGet("/run-rate", RunRateAsync).WithSummary("The run rate of a team or of all.");
    }

    private static async Task<SpendBody> QueryAsync(
        string? from, string? to, string? since, string? group_by, string? team, string? workload, string? model, string? time_zone,
        UsageClient usage, TimeProvider time, HttpContext http)
    {
        var range = TimeRange.Read(from, to, since, time_zone, time.GetUtcNow());
        var request = new QuerySpendRequest
        {
            From = range.From.ToTimestampUtc(),
            // Metering sums whole quarter hours: an end at "now" would leave out the one that runs.
            To = to is null ? null : range.To.ToTimestampUtc(),
            TeamId = team ?? "",
            Workload = workload ?? "",
            Model = model ?? "",
            TimeZone = time_zone ?? "",
        };
        request.GroupBy.Add(Dimensions(group_by));
        var answer = await usage.QuerySpendAsync(request, Call.Options(http));
        return new SpendBody(
            range.From, range.To, string.IsNullOrEmpty(time_zone) ? "UTC" : time_zone, answer.Currency,
            [.. request.GroupBy.Select(EnumText.Of)],
            [.. answer.Rows.Select(row => SpendRowBody.From(row, request.GroupBy))],
            SpendRowBody.From(answer.Total ?? new SpendRow(), []));
    }

    private static async Task<RunRateBody> RunRateAsync(string? team, string? time_zone, UsageClient usage, HttpContext http)
    {
        var rate = await usage.GetRunRateAsync(new GetRunRateRequest { TeamId = team ?? "", TimeZone = time_zone ?? "" }, Call.Options(http));
        return new RunRateBody(
            team ?? "", rate.Currency, new(rate.LastHourNanos), new(rate.LastDayNanos), new(rate.Last7DaysNanos), new(rate.MonthToDateNanos),
            new(rate.DailyRunRateNanos), new(rate.MonthProjectedNanos), rate.AsOf.ToMoment());
    }

    /// <summary>Comma-separated dimension names; absent means one total.</summary>
    public static IReadOnlyList<SpendDimension> Dimensions(string? text)
    {
        var dimensions = (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(name => EnumText.TryParse<SpendDimension>(name, out var dimension)
                ? dimension
                : throw RpcErrors.InvalidArgument($"Spend cannot be grouped by '{name}'. Groupings: {EnumText.Names<SpendDimension>()}."))
            .ToList();
        return dimensions.Distinct().Count() == dimensions.Count
            ? dimensions
            : throw RpcErrors.InvalidArgument("group_by names a dimension twice.");
    }
}

/// <param name="From">The range asked for, half open.</param>
internal sealed record SpendBody(
    DateTimeOffset From, DateTimeOffset To, string TimeZone, string Currency, IReadOnlyList<string> GroupBy, IReadOnlyList<SpendRowBody> Rows, SpendRowBody Total);

/// <param name="LastHour">Spend of the last hour, and so on.</param>
/// <param name="DailyRunRate">Mean of the last seven full days, a day.</param>
/// <param name="MonthProjected">Month to date plus the run rate for the rest: a rule of thumb, not the forecast.</param>
internal sealed record RunRateBody(
    string TeamId, string Currency, Money LastHour, Money LastDay, [property: JsonPropertyName("last_7_days")] Money Last7Days, Money MonthToDate, Money DailyRunRate, Money MonthProjected,
    DateTimeOffset? AsOf);
