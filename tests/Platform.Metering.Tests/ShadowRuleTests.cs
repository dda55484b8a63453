using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Waste;

namespace Platform.Metering.Tests;

/// <summary>Rules in shadow mode are told apart: which of them would have saved, and which would have cost more.</summary>
public sealed class ShadowRuleTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Two_rules_of_opposite_signs_are_told_apart_by_day()
    {
        await using var metering = await MeteringFixture.CreateAsync(new FakeTimeProvider(Spend.At("2026-06-15T12:00Z")));
        await metering.RecordAsync(
            Call("a1", "cheaper", 150_000), Call("a2", "cheaper", 150_000), Call("b1", "dearer", 570_000), Call("none"),
            Call("unknown there", "cheaper"), Call("unpriced", "cheaper", 1, usage => usage.ModelServed = "unknown-model"),
            Call("old", "cheaper", 50_000, usage => usage.OccurredAt = Spend.At("2026-05-01T12:00Z").ToTimestampUtc()));
        await metering.RecordAsync(Call("a1", "cheaper", 150_000), Call("b2", "dearer", 570_000, usage => usage.OccurredAt = Spend.At("2026-06-14T23:59Z").ToTimestampUtc()));

        var answer = await ReadAsync(metering);
        Assert.Equal(["cheaper 4 calls, of 2: 900000 instead of 300000", "dearer 2 calls, of 2: 900000 instead of 1140000"], Lines(answer));
        Assert.Equal((Spend.At("2026-05-19T00:00Z"), Spend.At("2026-06-16T00:00Z"), "USD"), (answer.From.ToDateTimeOffset(), answer.To.ToDateTimeOffset(), answer.Currency));
        Assert.Equal(
            ["dearer 1 calls, of 1: 450000 instead of 570000"],
            Lines(await ReadAsync(metering, "2026-06-14T12:00Z", "2026-06-15T12:00Z")));
        Assert.Empty(Lines(await ReadAsync(metering, "2026-06-01T00:00Z", "2026-06-02T00:00Z")));
        Assert.Contains("cheaper 1 calls, of 1: 450000 instead of 50000", Lines(await ReadAsync(metering, "2026-05-01T00:00Z", "2026-05-02T00:00Z")));
        var tooLong = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => ReadAsync(metering, "2024-01-01T00:00Z", "2026-06-02T00:00Z"));
        Assert.Equal(Reasons.InvalidArgument, RpcErrors.ReasonOf(tooLong));
    }

    [Fact(Timeout = 300_000)]
    public async Task Records_of_before_the_sums_are_in_them()
    {
        const string Version33 = """
            SELECT usage_record_partition('2026-06-01Z');
            INSERT INTO usage_record (
                recorded_at, occurred_at, price_id, input_tokens, cached_input_tokens, cache_write_tokens, cache_write_hour_tokens, output_tokens, reasoning_tokens, cost_nanos,
                input_nanos, cached_input_nanos, cache_write_nanos, cache_write_hour_nanos, output_nanos, reasoning_nanos, request_nanos,
                gateway_ms, first_token_ms, total_ms, bound_nanos, record_id, attempt_id, call_id, attempt_number, funding, outcome, fallback, source, event_id, team_id,
                user_id, application_id, key_id, workload, lane, provider, model_asked, model_served, service_tier, region, route_policy, route_reason, traceparent,
                upstream_key, currency, shadow_rule, shadow_cost_nanos)
            SELECT '2026-06-10 12:00:01Z', '2026-06-10 12:00Z', CASE WHEN cost IS NOT NULL THEN 1 END, 1000, 0, 0, 0, 500, 0, cost, cost, zero, zero, zero, zero, zero, zero, 0, 0, 0, 0,
                gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 1, 1, false,
                'gateway-1', gen_random_uuid()::text, 'team_support', '', '', 'key_1', '', '', 'openai', 'gpt-4o-mini', 'gpt-4o-mini', 'standard', '', '', '', '', '', 'USD', rule, shadow
            FROM (VALUES ('cheaper', 450000::bigint, 150000::bigint), ('cheaper', 450000, NULL), ('cheaper', NULL, 1), ('dearer', 450000, 570000), (NULL, 450000, NULL)) AS old (rule, cost, shadow), LATERAL (SELECT cost * 0 AS zero) AS none
            """;
        await using var metering = await MeteringFixture.CreateAsync(new FakeTimeProvider(Spend.At("2026-06-15T12:00Z")), Version33, upTo: 33);
        await metering.RecordAsync(Call("new", "dearer", 570_000));

        Assert.Equal(["cheaper 3 calls, of 1: 450000 instead of 150000", "dearer 2 calls, of 2: 900000 instead of 1140000"], Lines(await ReadAsync(metering)));
    }

    private static UsageEvent Call(string eventId, string rule = "", long? there = null, Action<UsageEvent>? with = null) => Events.New(eventId, with: usage =>
    {
        (usage.OccurredAt, usage.ShadowRule) = (Spend.At("2026-06-15T10:00Z").ToTimestampUtc(), rule);
        if (there is { } nanos)
        {
            usage.ShadowCostNanos = nanos;
        }

        with?.Invoke(usage);
    });

    private static Task<GetShadowRulesResponse> ReadAsync(MeteringFixture metering, string? from = null, string? to = null) => metering.Get<GetShadowRules>().RunAsync(
        new GetShadowRulesRequest { From = from is null ? null : Spend.At(from).ToTimestampUtc(), To = to is null ? null : Spend.At(to).ToTimestampUtc() }, Token);

    private static IEnumerable<string> Lines(GetShadowRulesResponse answer) =>
        answer.Rules.Select(rule => $"{rule.Rule} {rule.Calls} calls, of {rule.ComparedCalls}: {rule.CostNanos} instead of {rule.RuleCostNanos}");
}
