using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.DeniedDemand;

namespace Platform.Metering.Tests;

public sealed class DeniedDemandTests : IAsyncLifetime
{
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync();

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 60_000)]
    public async Task Refusal_told_twice_is_kept_once()
    {
        var denied = Denied("2026-06-10T12:00Z");
        var record = _metering.Get<RecordDeniedDemand>();

        Assert.True(await record.RunAsync(denied, TestContext.Current.CancellationToken));
        Assert.False(await record.RunAsync(denied, TestContext.Current.CancellationToken));
        Assert.Equal(1_500_000, await _metering.ScalarAsync<long>("SELECT estimated_cost_nanos FROM denied_demand WHERE reason = 'INSUFFICIENT_FUNDS'"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Cap_that_refuses_calls_is_an_alert_once_a_period_and_amount()
    {
        var end = Spend.At("2026-07-01");
        var first = Denied("2026-06-10T12:00Z", Reasons.CapReached) with { CapId = "cap_1", CapLimitNanos = 500_000_000, CapEndsAt = end };
        await RecordAsync(
            first, first with { AttemptId = Guid.CreateVersion7() }, first with { AttemptId = Guid.CreateVersion7(), CapLimitNanos = 700_000_000 },
            first with { AttemptId = Guid.CreateVersion7(), CapEndsAt = end.AddMonths(1) }, Denied("2026-06-10T12:00Z"));

        Assert.Equal(3, await _metering.ScalarAsync<long>("SELECT count(*) FROM alert"));
        Assert.Equal(
            "Cap cap_1 of 0.5000 USD is reached: it refuses calls of team team_support",
            await _metering.ScalarAsync<string>("SELECT title FROM alert WHERE subject = 'cap_1' AND severity = 3 AND team_id = 'team_support' ORDER BY recorded_at, title LIMIT 1"));
    }

    [Fact(Timeout = 60_000)]
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

    [Fact(Timeout = 60_000)]
    public async Task Question_about_nothing_is_zero_and_one_without_sense_is_refused()
    {
        Assert.Equal(" 0 0 0 0", Shown((await QueryAsync(new QueryDeniedRequest { GroupBy = { SpendDimension.Hour } })).Total));
        foreach (var senseless in new[]
                 {
                     new QueryDeniedRequest { GroupBy = { SpendDimension.Outcome } }, new QueryDeniedRequest { Top = -1 }, new QueryDeniedRequest { TimeZone = "Mars" },
                     new QueryDeniedRequest { Filters = { Spend.Only(SpendDimension.Funding, "leased") } },
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

    private static DemandDenied Denied(string at, string reason = Reasons.InsufficientFunds, string user = "", long nanos = 1_500_000) => new(
        Guid.CreateVersion7(), "team_support", "key_1", "batch", "standard", "openai", "gpt-4o", reason, nanos, "USD", Spend.At(at), user);
}
