using System.Text.Json;
using MassTransit.Serialization;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.DeniedDemand;
using Platform.Metering.Workloads;

namespace Platform.Metering.Tests;

public sealed class DeniedDemandTests : IAsyncLifetime
{
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync();

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Refusal_told_twice_is_kept_once()
    {
        var denied = Denied("2026-06-10T12:00Z");
        var record = _metering.Get<RecordDeniedDemand>();

        Assert.True(await record.RunAsync(denied, TestContext.Current.CancellationToken));
        Assert.False(await record.RunAsync(denied, TestContext.Current.CancellationToken));
        Assert.Equal(1_500_000, await _metering.ScalarAsync<long>("SELECT estimated_cost_nanos FROM denied_demand WHERE reason = 'INSUFFICIENT_FUNDS'"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Cap_that_refuses_calls_is_an_alert_once_a_period_and_amount()
    {
        var end = Spend.At("2026-07-01");
        var first = Denied("2026-06-10T12:00Z", Reasons.CapReached) with { CapId = "cap_1", CapLimitNanos = 500_000_000, CapEndsAt = end };
        await RecordAsync(
            first, first with { AttemptId = Guid.CreateVersion7() }, first with { AttemptId = Guid.CreateVersion7(), CapLimitNanos = 700_000_000 },
            first with { AttemptId = Guid.CreateVersion7(), CapEndsAt = end.AddMonths(1) }, Denied("2026-06-10T12:00Z"));

        Assert.Equal(3, await _metering.ScalarAsync<long>("SELECT count(*) FROM alert"));
        Assert.Equal(
            "Cap cap_1 of 0.50 USD is reached: it refuses calls of team team_support",
            await _metering.ScalarAsync<string>("SELECT title FROM alert WHERE subject = 'cap_1' AND severity = 3 AND team_id = 'team_support' ORDER BY recorded_at, title LIMIT 1"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Cap_of_a_budget_is_told_by_the_budgets_name()
    {
        await _metering.ScalarAsync<string>("""
            INSERT INTO budget (budget_id, name, team_id, user_id, key_id, provider, model, workload, lane, tag_key, tag_value, period, time_zone, amount_nanos, actual_percents, forecast_percents,
                rate_alerts, hard_limit, active, version, armed_at, counted, due, cap_state, cap_revision, cap_id, cap_problem, created_at, changed_at, changed_by)
            SELECT 'bud_' || name, name, 'team_support', '', '', '', '', '', '', '', '', 3, 'UTC', 500000000, '{}', '{}', false, cap <> '', true, 1, now(), true, false, 1, 1, cap, '', now(), now(), 'key_1'
            FROM (VALUES ('support', 'cap_1'), ('soft', '')) AS b (name, cap)
            RETURNING budget_id
            """);
        var denied = Denied("2026-06-10T12:00Z", Reasons.CapReached) with { CapId = "cap_1", CapLimitNanos = 500_000_000, CapEndsAt = Spend.At("2026-07-01") };
        await RecordAsync(denied, denied with { AttemptId = Guid.CreateVersion7(), CapId = "cap_2" });

        Assert.Equal(
            "Budget support, a hard limit of 0.50 USD, is reached: it refuses calls of team team_support",
            await _metering.ScalarAsync<string>("SELECT title FROM alert WHERE subject = 'cap_1'"));
        Assert.StartsWith("Cap cap_2 of 0.50 USD", await _metering.ScalarAsync<string>("SELECT title FROM alert WHERE subject = 'cap_2'"), StringComparison.Ordinal);
    }

    /// <summary>As sums of 0 a mistyped reason would read as if nothing had been refused for it.</summary>
    [Theory(Timeout = 300_000)]
    [InlineData("foo")]
    [InlineData("")]
    [InlineData("insufficient_funds")]
    public async Task Reason_that_demand_is_never_refused_for_is_no_answer_of_zeros(string reason)
    {
        var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => QueryAsync(new QueryDeniedRequest { Filters = { Spend.Only(SpendDimension.Reason, Reasons.CapReached, reason) } }));

        Assert.Equal(Reasons.InvalidArgument, RpcErrors.ReasonOf(refused));
        Assert.StartsWith($"reason '{reason}' must be one of INSUFFICIENT_FUNDS, WALLET_FROZEN, CAP_REACHED, ", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task Refusals_are_summed_by_any_grouping_and_what_was_let_through_stands_apart()
    {
        await RecordAsync(
            Denied("2026-06-10T12:00Z", user: "ann"), Denied("2026-06-10T12:05Z", user: "ann", nanos: 500_000), Denied("2026-06-10T23:00Z", Reasons.CapReached),
            Denied("2026-06-11T12:00Z", Reasons.ObservedCapReached, user: "ben"));

        var byReason = await QueryAsync(new QueryDeniedRequest { GroupBy = { SpendDimension.Reason } });
        Assert.Equal(
            ["CAP_REACHED 1 1500000 0 0", "INSUFFICIENT_FUNDS 2 2000000 0 0", "OBSERVED_CAP_REACHED 0 0 1 1500000"], byReason.Rows.Select(Shown));
        Assert.Equal(" 3 3500000 1 1500000", Shown(byReason.Total));

        // In Berlin the cap was reached at one in the morning of the next day.
        var byDay = await QueryAsync(new QueryDeniedRequest { GroupBy = { SpendDimension.User, SpendDimension.Day }, TimeZone = "Europe/Berlin" });
        Assert.Equal(
            ["|2026-06-11 1 1500000 0 0", "ann|2026-06-10 2 2000000 0 0", "ben|2026-06-11 0 0 1 1500000"], byDay.Rows.Select(Shown));

        var top = await QueryAsync(new QueryDeniedRequest
        {
            From = Spend.At("2026-06-10").ToTimestampUtc(), To = Spend.At("2026-06-11").ToTimestampUtc(), GroupBy = { SpendDimension.Reason }, Top = 1,
            Filters = { Spend.Only(SpendDimension.Team, "team_support") },
        });
        Assert.Equal(["INSUFFICIENT_FUNDS 2 2000000 0 0"], top.Rows.Select(Shown));
        Assert.Equal(3, top.Total.Attempts);
    }

    [Fact(Timeout = 300_000)]
    public async Task Too_many_rows_are_refused_by_that_reason_and_the_first_of_them_are_given()
    {
        await _metering.ScalarAsync<object>("""
            INSERT INTO denied_demand (
                attempt_id, occurred_at, recorded_at, team_id, key_id, workload, lane, provider, model, reason, estimated_cost_nanos, currency)
            SELECT gen_random_uuid(), '2026-06-10Z', '2026-06-10Z', 'team_support', 'key_1', 'run-' || n, '', '', '', 'INSUFFICIENT_FUNDS', CASE n WHEN 50001 THEN 2 ELSE 1 END, 'USD'
            FROM generate_series(1, 50001) n;
            SELECT 1
            """);
        var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => QueryAsync(new QueryDeniedRequest { GroupBy = { SpendDimension.Workload } }));

        Assert.Equal(Reasons.TooManyRows, RpcErrors.ReasonOf(refused));
        var top = await QueryAsync(new QueryDeniedRequest { GroupBy = { SpendDimension.Day, SpendDimension.Workload }, Top = 3 });
        Assert.Equal(["2026-06-10|run-50001 1 2 0 0", "2026-06-10|run-1 1 1 0 0", "2026-06-10|run-10 1 1 0 0"], top.Rows.Select(Shown));
        Assert.Equal((50_001, 50_002), (top.Total.Attempts, top.Total.EstimatedNanos));
    }

    [Fact(Timeout = 300_000)]
    public async Task Refusals_are_told_apart_by_their_calls_tags_as_usage_is()
    {
        await RecordAsync(
            Tagged("search", "acme"), Tagged("search", "other", nanos: 500_000), Tagged("Search", "acme"), Denied("2026-06-10T12:00Z"),
            Tagged("search", "acme", Reasons.ObservedInsufficientFunds));

        Assert.Equal(" 2 2000000 1 1500000", Shown((await QueryAsync(By(("feature", "search")))).Total));
        Assert.Equal(" 1 1500000 1 1500000", Shown((await QueryAsync(By(("feature", "search"), ("customer", "acme")))).Total));
        Assert.Equal(" 0 0 0 0", Shown((await QueryAsync(By(("feature", "none")))).Total));
        var byReason = By(("customer", "acme"));
        byReason.GroupBy.Add(SpendDimension.Reason);
        byReason.Filters.Add(Spend.Only(SpendDimension.Team, "team_support"));
        Assert.Equal(["INSUFFICIENT_FUNDS 2 3000000 0 0", "OBSERVED_INSUFFICIENT_FUNDS 0 0 1 1500000"], (await QueryAsync(byReason)).Rows.Select(Shown));
    }

    [Fact(Timeout = 300_000)]
    public async Task Workload_rule_takes_a_refused_call_by_its_tags_as_if_it_had_been_let_through()
    {
        await _metering.Get<ChangeRules>().SetAsync(
            new SetRuleRequest { Rule = new WorkloadRule { Name = "nightly", Workload = "batch", Tags = { ["feature"] = "nightly" } }, IdempotencyKey = "rule" }, "key_test",
            TestContext.Current.CancellationToken);
        await RecordAsync(Tagged("nightly", "acme") with { Workload = "" }, Tagged("daily", "acme") with { Workload = "" });
        var byWorkload = await QueryAsync(new QueryDeniedRequest { GroupBy = { SpendDimension.Workload } });
        Assert.Equal([" 1 1500000 0 0", "batch 1 1500000 0 0"], byWorkload.Rows.Select(Shown));
    }

    [Fact(Timeout = 300_000)]
    public async Task Call_that_was_refused_unread_is_kept_with_its_reason_and_told_to_nobody_who_compares_costs()
    {
        await RecordAsync(Denied("2026-06-10T12:00Z", Reasons.TeamFrozen, nanos: 0) with { Lane = "", Provider = "", Model = "" }, Denied("2026-06-10T12:00Z", Reasons.ModelNotAllowed));
        var byReason = await QueryAsync(new QueryDeniedRequest { GroupBy = { SpendDimension.Reason, SpendDimension.Model } });
        Assert.Equal(["MODEL_NOT_ALLOWED|gpt-4o 1 1500000 0 0", "TEAM_FROZEN| 1 0 0 0"], byReason.Rows.Select(Shown));
        Assert.Equal("MODEL_NOT_ALLOWED", await _metering.ScalarAsync<string>("SELECT string_agg(body ->> 'reason', ' ') FROM outbox"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Delayed_attempts_are_summed_apart_with_their_waits_and_are_no_refusals_to_a_forecast()
    {
        await RecordAsync(
            Denied("2026-06-10T12:00Z") with { DelayedMs = 1_500 }, Denied("2026-06-10T12:00Z", nanos: 500_000) with { DelayedMs = 700 }, Denied("2026-06-10T12:00Z", nanos: 7));
        var row = Assert.Single((await QueryAsync(new QueryDeniedRequest { GroupBy = { SpendDimension.Reason } })).Rows);
        Assert.Equal("INSUFFICIENT_FUNDS 1 7 0 0", Shown(row));
        Assert.Equal((2, 2_000_000, 2_200), (row.DelayedAttempts, row.DelayedNanos, row.DelayedMs));
        var total = (await QueryAsync(new QueryDeniedRequest())).Total;
        Assert.Equal((2, 2_000_000, 2_200), (total.DelayedAttempts, total.DelayedNanos, total.DelayedMs));
        Assert.Equal(7, await _metering.ScalarAsync<long>("SELECT sum((body ->> 'estimatedCostNanos')::bigint)::bigint FROM outbox"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Refusals_that_were_told_together_count_as_many_as_they_were()
    {
        await RecordAsync(Denied("2026-06-10T12:00Z", Reasons.KeyFrozen, nanos: 0), Denied("2026-06-10T12:00Z", Reasons.KeyFrozen, nanos: 0) with { Attempts = 9_999 });
        Assert.Equal(["KEY_FROZEN 10000 0 0 0"], (await QueryAsync(new QueryDeniedRequest { GroupBy = { SpendDimension.Reason } })).Rows.Select(Shown));
    }

    [Fact(Timeout = 300_000)]
    public async Task What_was_kept_before_waits_were_told_was_refused()
    {
        const string Version33 = """
            INSERT INTO denied_demand (attempt_id, occurred_at, recorded_at, team_id, key_id, workload, lane, provider, model, reason, estimated_cost_nanos, currency)
            VALUES ('0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10', '2026-06-10 12:00Z', '2026-06-10 12:00Z', 'team_support', 'key_1', '', '', 'openai', 'gpt-4o', 'RATE_LIMIT', 5, 'USD');
            """;
        await using var migrated = await MeteringFixture.CreateAsync(old: Version33, upTo: 33);
        var total = (await migrated.Get<QueryDenied>().RunAsync(new QueryDeniedRequest(), TestContext.Current.CancellationToken)).Total;
        Assert.Equal((" 1 5 0 0", 0), (Shown(total), total.DelayedAttempts));
    }

    [Theory(Timeout = 300_000)]
    [InlineData("")]
    [InlineData(""","tags":{"Feature":"a","feature":"b"}""")]
    public async Task Event_is_read_as_the_broker_brings_it_with_tags_and_from_versions_without(string tags)
    {
        var denied = JsonSerializer.Deserialize<DemandDenied>(
            $$"""
            {"attemptId":"0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10","teamId":"team_support","keyId":"key_1","workload":"batch","lane":"","provider":"openai","model":"gpt-4o",
            "reason":"INSUFFICIENT_FUNDS","estimatedCostNanos":7,"currency":"USD","occurredAt":"2026-06-10T12:00:00Z","userId":"","applicationId":"","capId":"","capLimitNanos":0,
            "capEndsAt":null{{tags}}}
            """,
            SystemTextJsonMessageSerializer.Options)!;
        await RecordAsync(JsonSerializer.Deserialize<DemandDenied>(JsonSerializer.Serialize(denied, SystemTextJsonMessageSerializer.Options), SystemTextJsonMessageSerializer.Options)!);
        Assert.Equal(" 1 7 0 0", Shown((await QueryAsync(new QueryDeniedRequest())).Total));
        Assert.Equal(tags.Length == 0 ? " 0 0 0 0" : " 1 7 0 0", Shown((await QueryAsync(By(("Feature", "a"), ("feature", "b")))).Total));
    }

    [Fact(Timeout = 300_000)]
    public async Task Question_about_nothing_is_zero_and_one_without_sense_is_refused()
    {
        Assert.Equal(" 0 0 0 0", Shown((await QueryAsync(new QueryDeniedRequest { GroupBy = { SpendDimension.Hour } })).Total));
        foreach (var senseless in new[]
                 {
                     new QueryDeniedRequest { GroupBy = { SpendDimension.Outcome } }, new QueryDeniedRequest { Top = -1 }, new QueryDeniedRequest { TimeZone = "Mars" },
                     new QueryDeniedRequest { Filters = { Spend.Only(SpendDimension.Funding, "leased") } }, new QueryDeniedRequest { GroupBy = { SpendDimension.Mark } },
                     By(("a", ""), ("b", ""), ("c", ""), ("d", ""), ("e", ""), ("f", "")), By(("", "a")), By(("a", "\0")),
                 })
        {
            Assert.Equal(Reasons.InvalidArgument, RpcErrors.ReasonOf(await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => QueryAsync(senseless))));
        }
    }

    private static string Shown(DeniedRow row) =>
        $"{string.Join('|', row.Keys)} {row.Attempts} {row.EstimatedNanos} {row.ObservedAttempts} {row.ObservedNanos}";

    private Task<QueryDeniedResponse> QueryAsync(QueryDeniedRequest request) =>
        _metering.Get<QueryDenied>().RunAsync(request, TestContext.Current.CancellationToken);

    private async Task RecordAsync(params DemandDenied[] refusals)
    {
        foreach (var denied in refusals)
        {
            await _metering.Get<RecordDeniedDemand>().RunAsync(denied, TestContext.Current.CancellationToken);
        }
    }

    private static QueryDeniedRequest By(params (string Name, string Value)[] tags) => new() { Tags = { tags.ToDictionary(tag => tag.Name, tag => tag.Value) } };

    private static DemandDenied Tagged(string feature, string customer, string reason = Reasons.InsufficientFunds, long nanos = 1_500_000) =>
        Denied("2026-06-10T12:00Z", reason, nanos: nanos) with { Tags = new Dictionary<string, string> { ["feature"] = feature, ["customer"] = customer } };

    private static DemandDenied Denied(string at, string reason = Reasons.InsufficientFunds, string user = "", long nanos = 1_500_000) => new(
        Guid.CreateVersion7(), "team_support", "key_1", "batch", "standard", "openai", "gpt-4o", reason, nanos, "USD", Spend.At(at), user);
}
