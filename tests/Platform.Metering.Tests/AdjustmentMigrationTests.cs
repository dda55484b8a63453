using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Tests;

/// <summary>A database as the version before money without tokens left it, months with records in it, brought to the newest schema and used.</summary>
public sealed class AdjustmentMigrationTests
{
    private const string Version40 = """
        SELECT usage_record_partition('2026-06-01Z');
        INSERT INTO usage_record (
            recorded_at, occurred_at, price_id, input_tokens, cached_input_tokens, cache_write_tokens, cache_write_hour_tokens, output_tokens, reasoning_tokens, input_nanos, cached_input_nanos,
            cache_write_nanos, output_nanos, reasoning_nanos, request_nanos, cost_nanos, bound_nanos, gateway_ms, first_token_ms, total_ms, record_id, attempt_id, call_id, attempt_number, funding, outcome,
            fallback, source, event_id, team_id, user_id, application_id, key_id, workload, lane, provider, model_asked, model_served, service_tier, region, route_policy, route_reason, traceparent, upstream_key,
            currency, workload_rule, undelivered_ppm)
        SELECT '2026-06-10Z', '2026-06-10Z', 1, 5, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 2, 1,
            false, 'api', 'old', 'team_support', '', '', '', '', '', 'openai', 'gpt-4o', 'gpt-4o', 'standard', '', '', '', '', '', 'USD', '', 0;
        """;

    [Fact(Timeout = 60_000)]
    public async Task Months_that_have_records_take_money_without_tokens_and_still_refuse_what_does_not_add_up()
    {
        await using var metering = await MeteringFixture.CreateAsync(old: Version40, upTo: 40);
        var charge = new UsageEvent
        {
            Source = "finance", EventId = "INV-7", Funding = Funding.External, OccurredAt = new DateTimeOffset(2026, 6, 10, 0, 0, 0, TimeSpan.Zero).ToTimestampUtc(), TeamId = "team_support",
            Provider = "openai", Outcome = Outcome.Succeeded, AdjustmentNanos = 9,
        };
        Assert.Equal("", (await metering.RecordAsync(charge)).Results[0].Message);
        Assert.Equal("7,9", await metering.ScalarAsync<string>("SELECT string_agg(cost_nanos::text, ',' ORDER BY cost_nanos) FROM usage_record"));
        foreach (var change in new[] { "cost_nanos = cost_nanos + 1", "adjustment_nanos = adjustment_nanos + 1", "requests = 1 - coalesce(requests, 1)", "price_id = CASE WHEN price_id IS NULL THEN 1 END" })
        {
            var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => metering.ScalarAsync<object>($"UPDATE usage_record SET {change} WHERE cost_nanos = 9; SELECT 1"));
            Assert.Equal(Npgsql.PostgresErrorCodes.CheckViolation, refused.SqlState);
        }

        Assert.Equal(4, await metering.ScalarAsync<long>("SELECT count(*) FROM pg_constraint WHERE conrelid = 'usage_record_2026_06'::regclass AND conname ~ 'whole|adds_up|requests_check|are_counts'"));
    }
}
