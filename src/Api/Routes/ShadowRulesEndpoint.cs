using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Api.Waste;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using WasteClient = Platform.Contracts.Metering.V1.Waste.WasteClient;

namespace Platform.Api.Routes;

/// <summary><c>GET /v1/routes/shadow</c>: what each rule in shadow mode would have saved.</summary>
internal static class ShadowRulesEndpoint
{
    private const string DefaultSince = "28d";

    public static void MapShadowRules(this WebApplication app) => app.MapGet("/v1/routes/shadow", GetAsync).WithTags("routes").WithSummary(
        "What each right-sizing rule in shadow mode would have saved, the largest saving first; below zero where it would have cost more.");

    private static async Task<ShadowRulesBody> GetAsync(string? since, WasteClient waste, TimeProvider time, HttpContext http)
    {
        var now = time.GetUtcNow();
        var text = string.IsNullOrEmpty(since) ? DefaultSince : since;
        var begin = TimeRange.Since(text, now);
        var from = TimeRange.IsLength(text) ? WasteEndpoint.FirstDay(begin, now) : begin;
        return ShadowRulesBody.Of(await waste.GetShadowRulesAsync(new GetShadowRulesRequest { From = from.ToTimestampUtc() }, Call.Options(http)));
    }
}

/// <param name="From">Whole days of UTC, half open.</param>
internal sealed record ShadowRulesBody(DateTimeOffset? From, DateTimeOffset? To, string Currency, IReadOnlyList<ShadowRuleBody> Rules)
{
    public static ShadowRulesBody Of(GetShadowRulesResponse answer) =>
        new(answer.From.ToMoment(), answer.To.ToMoment(), answer.Currency, [.. answer.Rules.Select(ShadowRuleBody.From)]);
}

/// <param name="Calls">That the rule would have taken.</param>
/// <param name="ComparedCalls">Of them, whose cost is known both as it was and there; cost, rule_cost and saving are of these.</param>
/// <param name="RuleCost">In the rule's lane, for the same tokens.</param>
/// <param name="Saving">Below zero where it would have cost more.</param>
internal sealed record ShadowRuleBody(string Rule, long Calls, long ComparedCalls, Money Cost, Money RuleCost, Money Saving)
{
    public static ShadowRuleBody From(ShadowRule rule) =>
        new(rule.Rule, rule.Calls, rule.ComparedCalls, new(rule.CostNanos), new(rule.RuleCostNanos), new(rule.CostNanos - rule.RuleCostNanos));
}
