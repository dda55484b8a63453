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

    [Fact(Timeout = 300_000)]
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

    [Fact(Timeout = 300_000)]
    public async Task Hours_that_a_version_before_counted_say_what_of_them_is_money_without_tokens()
    {
        // An hour of two teams, of which 300 are a charge to support that is counted, and 40 one that is not counted yet. The quarter hour of the 5 has no sums, so it is not read.
        const string version41 = """
            INSERT INTO budget (
                budget_id, name, team_id, user_id, key_id, provider, model, workload, lane, tag_key, tag_value, period, time_zone, amount_nanos, actual_percents, forecast_percents, rate_alerts, hard_limit, active,
                version, armed_at, snoozed_until, counted, due, cap_state, cap_revision, cap_id, cap_problem, created_at, changed_at, changed_by)
            SELECT id, '', team, '', '', '', '', '', '', '', '', 5, 'UTC', 5000000000, '{}', '{}', true, false, true, 1, '2026-06-01Z', NULL, true, false, 1, 0, '', '', '2026-06-01Z', '2026-06-01Z', 'key_old'
            FROM (VALUES ('all', ''), ('support', 'team_support'), ('search', 'team_search')) AS old (id, team);
            INSERT INTO budget_hour (budget_id, hour, spent_nanos) SELECT budget_id, date_trunc('hour', now()) - interval '1 hour', 7000 FROM budget;
            UPDATE budget_follower SET followed_until = now();
            SELECT usage_record_partition(date_trunc('month', (now() - interval '1 hour') AT TIME ZONE 'UTC') AT TIME ZONE 'UTC');
            INSERT INTO usage_record (
                recorded_at, occurred_at, input_tokens, cached_input_tokens, cache_write_tokens, cache_write_hour_tokens, output_tokens, reasoning_tokens, input_nanos, cached_input_nanos,
                cache_write_nanos, output_nanos, reasoning_nanos, request_nanos, adjustment_nanos, cost_nanos, requests, bound_nanos, gateway_ms, first_token_ms, total_ms, record_id, attempt_id, call_id,
                attempt_number, funding, outcome, fallback, source, event_id, team_id, user_id, application_id, key_id, workload, lane, provider, model_asked, model_served, service_tier, region, route_policy,
                route_reason, traceparent, upstream_key, currency, workload_rule, undelivered_ppm)
            SELECT now() + later, date_trunc('hour', now()) - ago, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, nanos, nanos, 0, 0, 0, 0, 0, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
                1, 2, 1, false, 'finance', '', 'team_support', '', '', '', '', '', 'openai', '', '', 'standard', '', '', '', '', '', 'USD', '', 0
            FROM (VALUES (300, interval '-1 second', interval '50 minutes'), (40, '1 second', '50 minutes'), (5, '-1 second', '10 minutes')) AS old (nanos, later, ago);
            INSERT INTO usage_rollup (
                quarter_hour, dimensions_key, team_id, user_id, application_id, key_id, workload, lane, provider, model, outcome, funding, priced, calls, records, input_tokens, cached_input_tokens,
                cache_write_tokens, output_tokens, reasoning_tokens, cost_nanos, adjustment_nanos)
            SELECT date_trunc('hour', now()) - interval '1 hour', gen_random_uuid(), 'team_support', '', '', '', '', '', 'openai', '', 1, 2, true, 0, 2, 0, 0, 0, 0, 0, 340, 340;
            """;
        await using var metering = await MeteringFixture.CreateAsync(old: version41, upTo: 41);
        Assert.Equal(
            "all 300|search 0|support 300",
            await metering.ScalarAsync<string>("SELECT string_agg(budget_id || ' ' || adjustment_nanos, '|' ORDER BY budget_id) FROM budget_hour"));
    }
}
