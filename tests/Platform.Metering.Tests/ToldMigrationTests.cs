using Platform.Contracts.Metering.V1;
using Platform.Metering.Budgets;
using Platform.Metering.Tests.Budgets;

namespace Platform.Metering.Tests;

/// <summary>A database as the version before the totals of what is told left it, brought to the newest schema and used.</summary>
public sealed class ToldMigrationTests
{
    private const string Version26 = """
        INSERT INTO usage_summary (
            grain, starts_at, dimensions_key, team_id, user_id, application_id, key_id, workload, lane, provider, model, outcome, funding, priced,
            calls, records, input_tokens, cached_input_tokens, output_tokens, cost_nanos, retried_calls, retried_cost_nanos, small_calls, small_input_tokens, small_output_tokens)
        SELECT grain, '2026-06-01Z', gen_random_uuid(), 'team_support', '', '', '', '', '', 'openai', 'gpt-4o', 1, funding, true, 2, 2, 100, 10, 30, cost, 0, 0, 0, 0, 0
        FROM (VALUES (2, 1, 5), (2, 2, 70), (2, 3, 400), (1, 3, 400), (4, 2, 70)) AS old (grain, funding, cost);
        INSERT INTO budget (
            budget_id, name, team_id, user_id, key_id, provider, model, workload, lane, tag_key, tag_value, period, time_zone, amount_nanos, actual_percents,
            forecast_percents, rate_alerts, hard_limit, active, version, armed_at, snoozed_until, counted, due, cap_state, cap_revision, cap_id, cap_problem,
            cap_base_nanos, cap_base_until, created_at, changed_at, changed_by)
        VALUES (
            'support', 'Support', 'team_support', '', '', '', '', '', '', '', '', 3, 'UTC', 5000000000, '{80,100}', '{}', false, true, true, 1, '2026-06-01Z', NULL, true, false,
            3, 4, 'cap_support', '', 2000000000, '2100-01-01Z', '2026-06-01Z', '2026-06-01Z', 'key_old');
        """;

    [Fact(Timeout = 300_000)]
    public async Task Totals_begin_with_what_is_not_leased_and_a_cap_that_was_lowered_by_hand_is_told_whole()
    {
        await using var metering = await MeteringFixture.CreateAsync(old: Version26, upTo: 26);
        Assert.Equal("470|260|4", await metering.ScalarAsync<string>("SELECT concat_ws('|', cost_nanos, tokens, calls) FROM usage_told"));

        metering.Wallet.Caps["cap_support"] = 300 * BudgetTime.Cent;
        await metering.Get<KeepCaps>().RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(500 * BudgetTime.Cent, metering.Wallet.Caps["cap_support"]);
        Assert.Equal(CapState.Set, (await metering.Get<ListBudgets>().GetAsync(new GetBudgetRequest { BudgetId = "support" }, TestContext.Current.CancellationToken)).CapState);
    }
}
