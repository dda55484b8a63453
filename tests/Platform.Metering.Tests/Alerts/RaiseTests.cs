using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts;

namespace Platform.Metering.Tests.Alerts;

/// <summary>What becomes an alert, and what people do with it.</summary>
public sealed class RaiseTests
{
    [Fact(Timeout = 300_000)]
    public async Task Unpriced_models_that_are_told_leave_room_for_others_of_the_same_batches()
    {
        await using var alerts = await AlertsFixture.CreateAsync();
        for (var batch = 1; batch <= 3; batch++)
        {
            // Of each model more than of the next.
            await alerts.Metering.RecordAsync(
                [.. Enumerable.Range(1, 24).SelectMany(model => Enumerable.Range(model, 25 - model).Select(call => Unpriced($"{batch}-{model}-{call}", $"model-{model}")))]);
            Assert.Equal(Math.Min(24, 10 * batch), await alerts.Metering.ScalarAsync<long>("SELECT count(*) FROM alert"));
        }

        Assert.Equal(24, await alerts.Metering.ScalarAsync<long>("SELECT count(DISTINCT subject) FROM alert WHERE subject LIKE '%/model-%'"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Unpriced_usage_is_one_alert_a_day_and_model()
    {
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.Metering.RecordAsync(Unpriced("1", "model-a"), Unpriced("2", "model-a"), Unpriced("3", "model-b"), Events.New("4"));
        await alerts.Metering.RecordAsync(Unpriced("5", "model-a"), Unpriced("1", "model-a"));

        var raised = (await ListAsync(alerts)).Alerts;
        Assert.Equal(["openai/model-a", "openai/model-b"], raised.Select(alert => alert.Subject).Order());
        Assert.Contains("Usage of openai model-a has no price: 2 records so far", raised.Select(alert => alert.Title));

        alerts.Time.Advance(TimeSpan.FromDays(1));
        await alerts.Metering.RecordAsync(Unpriced("6", "model-a"));
        Assert.Equal(3, (await ListAsync(alerts)).Alerts.Count);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_name_does_not_turn_the_figures_of_its_alert_around()
    {
        await using var alerts = await AlertsFixture.CreateAsync();
        var crossed = new Contracts.Events.BudgetThresholdCrossed(
            Guid.CreateVersion7(), "bud_1", "a\u202eb\nc", 1, new Contracts.Events.SpendScope(), Contracts.Events.BudgetBasis.Actual, 80, [], 12_500_000_000, 10_000_000_000, null, "USD", "month", "UTC",
            AlertsFixture.Start, AlertsFixture.Start.AddDays(30), false, AlertsFixture.Start);

        await alerts.Get<RaiseAlert>().FromMessageAsync(AlertOfBudget.ThresholdCrossed(crossed), Token);
        Assert.Equal("Budget a\\u202eb c has reached 80 %: 10.00 of 12.50 USD", (await alerts.AlertAsync(crossed.EventId)).Title);
    }

    [Fact(Timeout = 300_000)]
    public async Task Usage_that_does_not_leave_is_one_alert_until_it_has_left_and_stays_again()
    {
        await using var alerts = await AlertsFixture.CreateAsync();
        await using var another = alerts.Another();
        await alerts.Metering.RecordAsync(Events.New("1"));
        Assert.False(await alerts.Get<WatchOutbox>().LookAsync(Token));
        alerts.Time.Advance(TimeSpan.FromMinutes(11));

        var looks = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => (number % 2 == 0 ? alerts : another).Get<WatchOutbox>().LookAsync(Token)));
        Assert.Single(looks, raised => raised);
        Assert.Equal("Metered usage has not left for the ledger for 11 minutes", Assert.Single((await ListAsync(alerts)).Alerts).Title);

        await alerts.Metering.ScalarAsync<long>("WITH gone AS (DELETE FROM outbox RETURNING 1) SELECT count(*) FROM gone");
        Assert.False(await alerts.Get<WatchOutbox>().LookAsync(Token));
        await alerts.Metering.RecordAsync(Events.New("2"));
        alerts.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.True(await another.Get<WatchOutbox>().LookAsync(Token));
    }

    [Theory(Timeout = 300_000)]
    [InlineData(long.MaxValue, 0)]
    [InlineData(1, -5)]
    public async Task Moment_that_there_is_not_is_refused_by_its_name(long seconds, int nanos)
    {
        await using var alerts = await AlertsFixture.CreateAsync();
        var moment = new Timestamp { Seconds = seconds, Nanos = nanos };
        foreach (var (request, name) in new[] { (new ListAlertsRequest { OccurredBefore = moment }, "occurred_before"), (new ListAlertsRequest { OccurredFrom = moment }, "occurred_from") })
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => ListAsync(alerts, request));
            Assert.Equal((StatusCode.InvalidArgument, Moments.Complaint(name)), (refused.StatusCode, refused.Status.Detail));
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Open_alerts_are_listed_by_pages_until_somebody_acknowledges_them()
    {
        await using var alerts = await AlertsFixture.CreateAsync();
        var lows = new[] { await alerts.RaiseAsync(), await alerts.RaiseAsync(5, "team_search"), await alerts.RaiseAsync() };

        var first = await ListAsync(alerts, new ListAlertsRequest { PageSize = 2 });
        var second = await ListAsync(alerts, new ListAlertsRequest { PageSize = 2, PageToken = first.NextPageToken });
        Assert.Equal(lows.Select(low => low.EventId.ToString()).Reverse(), first.Alerts.Concat(second.Alerts).Select(alert => alert.AlertId));
        Assert.Equal("", second.NextPageToken);

        // A time that is over is asked for by its end, however many alerts there are since.
        var oldest = second.Alerts[^1].OccurredAt;
        Assert.Empty((await ListAsync(alerts, new ListAlertsRequest { OccurredBefore = oldest })).Alerts);
        Assert.Equal(3, (await ListAsync(alerts, new ListAlertsRequest { OccurredBefore = oldest.ToDateTimeOffset().AddSeconds(1).ToTimestampUtc() })).Alerts.Count);
        Assert.Equal(3, (await ListAsync(alerts, new ListAlertsRequest { OccurredFrom = oldest })).Alerts.Count);
        Assert.Empty((await ListAsync(alerts, new ListAlertsRequest { OccurredFrom = oldest.ToDateTimeOffset().AddSeconds(1).ToTimestampUtc() })).Alerts);

        // How many there are is the same on each page.
        foreach (var token in new[] { "", first.NextPageToken })
        {
            Assert.Equal(3, (await ListAsync(alerts, new ListAlertsRequest { PageSize = 2, PageToken = token, WithTotal = true })).Total);
        }

        Assert.Equal(1, (await ListAsync(alerts, new ListAlertsRequest { MinimumSeverity = AlertSeverity.Critical, WithTotal = true })).Total);
        Assert.False(first.HasTotal);
        Assert.Equal(lows[1].EventId.ToString(), Assert.Single((await ListAsync(alerts, new ListAlertsRequest { MinimumSeverity = AlertSeverity.Critical })).Alerts).AlertId);

        var acknowledge = alerts.Get<AcknowledgeAlert>();
        var mine = await acknowledge.RunAsync(Acknowledgement(lows[1].EventId, "on it"), "key_1", Token);
        var late = await acknowledge.RunAsync(Acknowledgement(lows[1].EventId, "me too"), "key_2", Token);
        Assert.Equal(("key_1", "on it", AlertsFixture.Start.ToTimestampUtc()), (late.AcknowledgedBy, late.AcknowledgedNote, late.AcknowledgedAt));
        Assert.Equal(mine, late);
        Assert.Equal(2, (await ListAsync(alerts)).Alerts.Count);
        Assert.Equal(3, (await ListAsync(alerts, new ListAlertsRequest { All = true })).Alerts.Count);
    }

    [Fact(Timeout = 300_000)]
    public async Task Alerts_of_a_team_come_with_those_that_are_no_teams_own_where_these_are_asked_for()
    {
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.Metering.RecordAsync(Unpriced("1", "model-a"));
        await alerts.RaiseAsync(5, "team_search");
        await alerts.RaiseAsync();

        var own = await ListAsync(alerts, new ListAlertsRequest { TeamId = "team_search" });
        Assert.Equal("team_search", Assert.Single(own.Alerts).TeamId);
        var both = await ListAsync(alerts, new ListAlertsRequest { TeamId = "team_search", WithUnowned = true });
        Assert.Equal(["team_search", ""], both.Alerts.Select(alert => alert.TeamId));
        Assert.Equal(3, (await ListAsync(alerts, new ListAlertsRequest { WithUnowned = true })).Alerts.Count);
    }

    /// <summary>As an empty list, or one of what is no team's own, a mistyped id would read as if the team had no alerts.</summary>
    [Theory(Timeout = 300_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Alerts_of_a_team_that_does_not_exist_are_refused_and_those_of_one_without_any_are_not(bool withUnowned)
    {
        await using var alerts = await AlertsFixture.CreateAsync();
        await alerts.Metering.RecordAsync(Unpriced("1", "model-a"));

        // Questions for unknown teams are spaced, and this clock stands still.
        alerts.Time.Advance(TimeSpan.FromSeconds(1));
        var refused = await Assert.ThrowsAsync<RpcException>(() => ListAsync(alerts, new ListAlertsRequest { TeamId = "team_typo", WithUnowned = withUnowned }));
        Assert.Equal((Reasons.TeamNotFound, "There is no team 'team_typo'; kt teams list names those that there are."), (RpcErrors.ReasonOf(refused), refused.Status.Detail));
        Assert.Equal(withUnowned ? 1 : 0, (await ListAsync(alerts, new ListAlertsRequest { TeamId = "team_search", WithUnowned = withUnowned })).Alerts.Count);
    }

    [Fact(Timeout = 300_000)]
    public async Task Unknown_alert_and_foreign_page_token_are_errors_of_their_own()
    {
        await using var alerts = await AlertsFixture.CreateAsync();
        var unknown = await Assert.ThrowsAsync<RpcException>(() => alerts.Get<AcknowledgeAlert>().RunAsync(Acknowledgement(Guid.CreateVersion7(), ""), "key_1", Token));
        Assert.Equal(Reasons.AlertNotFound, RpcErrors.ReasonOf(unknown));
        var page = await Assert.ThrowsAsync<RpcException>(() => ListAsync(alerts, new ListAlertsRequest { PageToken = "x" }));
        Assert.Equal(Reasons.PageTokenInvalid, RpcErrors.ReasonOf(page));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Task<ListAlertsResponse> ListAsync(AlertsFixture alerts, ListAlertsRequest? request = null) =>
        alerts.Get<ListAlerts>().RunAsync(request ?? new ListAlertsRequest(), Token);

    private static AcknowledgeAlertRequest Acknowledgement(Guid alertId, string note) =>
        new() { AlertId = alertId.ToString(), Note = note, IdempotencyKey = AlertsFixture.Key() };

    private static UsageEvent Unpriced(string eventId, string model) => Events.New(eventId, with: usage => usage.ModelServed = model);
}
