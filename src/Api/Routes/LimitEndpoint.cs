using Platform.Api.Http;
using Platform.Contracts;
using Platform.Contracts.Routing.V1;
using LimitsClient = Platform.Contracts.Routing.V1.Limits.LimitsClient;

namespace Platform.Api.Routes;

/// <summary><c>GET /v1/routes/limits</c>: how the rate limits stand, over all gateways.</summary>
internal static class LimitEndpoint
{
    public static void MapLimits(this WebApplication app) =>
        app.MapGet("/v1/routes/limits", ListAsync).WithTags("routes").WithSummary("What is used of each rate limit now, the fullest first.");

    private static async Task<LimitsBody> ListAsync(string? limit, string? subject, int? top, LimitsClient limits, HttpContext http)
    {
        var answer = await limits.ListLimitsAsync(
            new ListLimitsRequest { Limit = limit ?? "", Subject = subject ?? "", Top = top ?? 0 }, Call.Options(http));
        return new LimitsBody([.. answer.Uses.Select(LimitUseBody.From)], answer.More, [.. answer.Limits.Select(one => one.Name)]);
    }
}

/// <param name="More">More were in use than are answered.</param>
/// <param name="Limits">Names of the policy's limits, used or not.</param>
internal sealed record LimitsBody(IReadOnlyList<LimitUseBody> Uses, bool More, IReadOnlyList<string> Limits);

/// <param name="Scope">key, user, team, model, lane, provider or global.</param>
/// <param name="Subject">Empty for global.</param>
/// <param name="Measure">requests_per_minute, tokens_per_minute, requests_per_day, tokens_per_day or parallel_requests.</param>
/// <param name="Used">Used, or set aside by gateways for calls to come.</param>
/// <param name="ResetsAt">When nothing of it will be used any more, if no call comes; null for parallel requests.</param>
internal sealed record LimitUseBody(string Limit, string Scope, string Subject, string Measure, long Most, long Used, long Remaining, DateTimeOffset? ResetsAt)
{
    public static LimitUseBody From(LimitUse use) =>
        new(use.Limit, use.Scope, use.Subject, use.Measure, use.Most, use.Used, use.Remaining, use.ResetsAt.ToMoment());
}
