using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Api.Spend;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using DemandClient = Platform.Contracts.Metering.V1.Demand.DemandClient;

namespace Platform.Api.Demand;

/// <summary><c>GET /v1/demand/denied</c>: what wallets, limits and policies refused or delayed.</summary>
internal static class DemandEndpoints
{
    public static void MapDemand(this WebApplication app) =>
        app.MapGet("/v1/demand/denied", QueryAsync)
            .WithTags("spend")
            .WithSummary("Refused and delayed attempts by any of team, user, application, key, workload, lane, provider, model, reason and one calendar unit.");

    private static async Task<DeniedBody> QueryAsync(
        string? from, string? to, string? since, string? period, string? group_by, string? granularity, int? top, [AsParameters] SpendFilterQuery filter,
        [FromQuery] string[]? reason, [FromQuery] string[]? tag, string? time_zone, DemandClient demand, TimeProvider time, HttpContext http)
    {
        var groupBy = SpendEndpoints.Dimensions(group_by, granularity, "Refused demand", SpendDimension.Outcome, SpendDimension.Funding, SpendDimension.Mark);
        var range = SpendRange.Read(from, to, since, period, time_zone, time.GetUtcNow(), groupBy).InQuarterHours();
        var request = new QueryDeniedRequest
        {
            From = range.From.ToTimestampUtc(),
            To = range.EndsNow ? null : range.To.ToTimestampUtc(),
            TimeZone = time_zone ?? "",
            Top = top ?? 0,
            GroupBy = { groupBy },
            Filters = { filter.Read() },
            Tags = { SpendFilterQuery.Tags(tag) },
        };
        if (SpendFilterQuery.Filter(SpendDimension.Reason, reason) is { } reasons)
        {
            request.Filters.Add(reasons);
        }

        var answer = await demand.QueryDeniedAsync(request, Call.Options(http));
        return new DeniedBody(
            range.From, range.To, string.IsNullOrEmpty(time_zone) ? "UTC" : time_zone, answer.Currency, [.. request.GroupBy.Select(EnumText.Of)],
            [.. answer.Rows.Select(row => DeniedRowBody.From(row, request.GroupBy))], DeniedRowBody.From(answer.Total, []));
    }
}

internal sealed record DeniedBody(
    DateTimeOffset From, DateTimeOffset To, string TimeZone, string Currency, IReadOnlyList<string> GroupBy, IReadOnlyList<DeniedRowBody> Rows, DeniedRowBody Total);

/// <summary>One group's sums, under the names of the groupings.</summary>
internal sealed record DeniedRowBody
{
    [JsonExtensionData]
    public Dictionary<string, object> Keys { get; init; } = [];

    /// <summary>Refused before any provider was called. Who is refused often tries again: these are more than the calls that were wanted.</summary>
    public required long Attempts { get; init; }

    /// <summary>What they could have cost at most; of a frozen team or key nothing was read, and nothing is in it.</summary>
    public required Money Estimated { get; init; }

    /// <summary>Attempts that a wallet which only observes would have refused; they were let through, and stand in spend.</summary>
    public required long ObservedAttempts { get; init; }

    public required Money Observed { get; init; }

    /// <summary>Attempts that had to wait, for funds or for a rate limit's room, and were let through then: they stand in spend.</summary>
    public required long DelayedAttempts { get; init; }

    /// <summary>What they could have cost at most.</summary>
    public required Money Delayed { get; init; }

    /// <summary>How long they waited, all together.</summary>
    public required long DelayedMs { get; init; }

    public static DeniedRowBody From(DeniedRow row, IList<SpendDimension> groupBy) => new()
    {
        Keys = row.Keys.Zip(groupBy, (key, dimension) => (Name: EnumText.Of(dimension), key)).ToDictionary(pair => pair.Name, pair => (object)pair.key),
        Attempts = row.Attempts,
        Estimated = new Money(row.EstimatedNanos),
        ObservedAttempts = row.ObservedAttempts,
        Observed = new Money(row.ObservedNanos),
        DelayedAttempts = row.DelayedAttempts,
        Delayed = new Money(row.DelayedNanos),
        DelayedMs = row.DelayedMs,
    };
}
