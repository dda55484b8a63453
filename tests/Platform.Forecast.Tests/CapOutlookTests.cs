using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Controls;
using Platform.Forecast.Layers;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>Whether caps are reached by a team that spends two dollars a day, on the tenth of June at noon.</summary>
public sealed class CapOutlookTests
{
    private const string Team = "team_a";
    private const long Dollar = 1_000_000_000;

    private static readonly CurrentForecast Steady = Now(Ahead(June, new SegmentSeries(new SegmentKey(Team, "batch", ""), June.Today.AddDays(-100), [.. Enumerable.Repeat(Day(2), 100)])));
    private static readonly DailyTotals Totals = new DailyTotals(June.Days).Of(Layered(Steady, Team), Steady, Team);
    private static readonly DailyTotals Idle = new DailyTotals(June.Days).Of(new long[JointPaths.Paths * June.Days]);

    [Fact]
    public void A_cap_is_reached_when_a_wallet_with_as_much_left_is_empty_and_needs_as_much_more()
    {
        // 51 a month, of which 20 are used, 5 of them by nobody yet, and 3 were spent before it counted: 33 are left.
        var cap = CapOutlooks.Of(Month(51, 20, undrawn: 5, uncounted: 3), Totals, Steady, 0.9);
        var wallet = FundsOutlooks.Of(Team, new(33 * Dollar), Totals, Steady, 0.9);

        Assert.Equal((18 * Dollar, 51 * Dollar, Team), (cap.SpentNanos, cap.AmountNanos, cap.TeamId));
        Assert.Equal(wallet.ExhaustedThisMonth, cap.Reached);
        Assert.All([(wallet.Early, cap.Early), (wallet.Expected, cap.Expected), (wallet.Late, cap.Late)], moments =>
            Assert.Equal(moments.Item1.ToDateTimeOffset(), moments.Item2.ToDateTimeOffset(), TimeSpan.FromMilliseconds(1)));

        Assert.Equal(wallet.NeededThisMonthNanos + 18 * Dollar, cap.NeededNanos);
        Assert.Equal(wallet.NeededNextMonthNanos, cap.NeededNextNanos);
        Assert.Equal(1, cap.ReachedNext);
        Assert.Equal("", cap.Note);
    }

    [Fact]
    public void What_gateways_hold_ahead_of_calls_is_no_spend_and_an_older_wallet_does_not_say_it()
    {
        var held = Month(60, 55, undrawn: 40, uncounted: 0);
        Assert.InRange(CapOutlooks.Of(held, Totals, Steady, 0.9).Reached, 0, 0.3);
        held.ClearUndrawnNanos();
        Assert.Equal(1, CapOutlooks.Of(held, Totals, Steady, 0.9).Reached);
    }

    [Theory]
    [InlineData("2026-06-08T10:00:00", null, null, "It counts since it was set, on 2026-06-08: what its period had cost before is not in it. Caps refused calls.")]
    [InlineData("2026-06-08T10:00:00", "2026-06-08T10:00:00", null, "It counts since it was set, on 2026-06-08: what its period had cost before is not in it. Caps refused calls.")]
    [InlineData("2026-05-08T10:00:00", "2026-06-09T10:00:00", null, "It was removed, and set again on 2026-06-09: what its period had cost while it did not count is not in it. Caps refused calls.")]
    [InlineData("2026-05-08T10:00:00", "2026-05-09T10:00:00", null, "Caps refused calls.")]
    [InlineData("2026-06-08T10:00:00", "2026-06-09T10:00:00", "2026-07-01T00:00:00", "Caps refused calls.")]
    [InlineData("2026-05-08T10:00:00", null, null, "Caps refused calls.")]
    public void A_cap_that_was_set_within_its_period_says_from_when_it_counts(string created, string? since, string? told, string note)
    {
        var cap = Month(51, 20);
        (cap.CreatedAt, cap.PeriodFrom, cap.CountsSince, cap.UncountedUntil) = (At(created), At("2026-06-01T00:00:00"), since is null ? null : At(since), told is null ? null : At(told));

        Assert.Equal(note, CapOutlooks.Of(cap, Totals, Steady, 0.9, "Caps refused calls.").Note);
    }

    [Fact]
    public void Beyond_the_end_of_its_period_no_day_is_told()
    {
        // Some 41 dollars come until the month ends.
        var cap = CapOutlooks.Of(Month(70, 20), Totals, Steady, 0.9);

        Assert.InRange(cap.Reached, 0, 0.05);
        Assert.Equal((null, null, null), (cap.Early, cap.Expected, cap.Late));
        Assert.InRange(cap.NeededNanos, 60 * Dollar, 66 * Dollar);
    }

    [Fact]
    public void A_cap_that_leaves_nothing_refuses_from_now_on_where_anything_is_asked_for()
    {
        foreach (var used in new[] { 40, 60 })
        {
            var (asked, idle) = (CapOutlooks.Of(Month(40, used), Totals, Steady, 0.9), CapOutlooks.Of(Month(40, used), Idle, Steady, 0.9));
            Assert.Equal((1, Steady.Now), (asked.Reached, asked.Expected.ToDateTimeOffset()));
            Assert.Equal((0, null), (idle.Reached, idle.Expected));
        }
    }

    // It is noon: a dollar is left of today, of which Los Angeles' day (it ends at 07:00 of tomorrow) has 7/24 of tomorrow's two more.
    [Theory]
    [InlineData("", 1.4, 0, 1)]
    [InlineData("", 0.4, 1, 1)]
    [InlineData("America/Los_Angeles", 1.4, 1, 1)]
    [InlineData("America/Los_Angeles", 2.6, 0, 0)]
    public void A_day_is_that_of_the_caps_zone_and_the_next_one_counts_from_nothing(string zone, double dollars, int reached, int next)
    {
        Assert.True(CalendarPeriod.TryFindZone(zone, out var found));
        var day = CalendarPeriod.Containing(CalendarUnit.Day, found, Steady.Now);
        var cap = Month(0, 0);
        (cap.Period, cap.TimeZone, cap.AmountNanos, cap.PeriodTo) = (CapPeriod.Day, zone, (long)(dollars * Dollar), day.To.ToTimestampUtc());
        var outlook = CapOutlooks.Of(cap, Totals, Steady, 0.5);

        Assert.Equal(reached, Math.Round(outlook.Reached));
        Assert.Equal(next, Math.Round(outlook.ReachedNext));
        Assert.InRange(outlook.NeededNextNanos, Dollar * 17 / 10, Dollar * 23 / 10);
    }

    [Fact]
    public void Of_a_next_period_that_ends_beyond_the_horizon_nothing_is_told()
    {
        var cap = Month(900, 100);
        (cap.Period, cap.PeriodTo) = (CapPeriod.Year, At("2027-01-01T00:00:00"));
        var outlook = CapOutlooks.Of(cap, Totals, Steady, 0.9);

        Assert.True(outlook.HasReached);
        Assert.False(outlook.HasReachedNext || outlook.HasNeededNextNanos);
    }

    [Fact]
    public void A_cap_whose_period_nobody_knows_says_why_and_comes_first()
    {
        var unknown = Month(50, 0);
        (unknown.CapId, unknown.PeriodTo, unknown.Problem) = ("cap_z", null, "Its zone is not known.");
        var caps = CapOutlooks.Of([Month(500, 0), Month(30, 0), unknown], Totals, Steady, 0.9).ToArray();

        Assert.Equal([50 * Dollar, 30 * Dollar, 500 * Dollar], caps.Select(cap => cap.AmountNanos));
        Assert.Equal((false, false, "Its zone is not known."), (caps[0].HasReached, caps[0].HasReachedNext, caps[0].Note));
    }

    [Fact]
    public void Of_caps_that_all_futures_reach_the_one_that_refuses_earlier_comes_first()
    {
        var (later, now) = (Month(30, 0), Month(30, 30));
        (later.CapId, now.CapId) = ("cap_01", "cap_02");
        CapOutlook[] caps = [.. CapOutlooks.Of([later, now], Totals, Steady, 0.9)];

        Assert.Equal([("cap_02", 1.0), ("cap_01", 1.0)], caps.Select(cap => (cap.CapId, cap.Reached)));
    }

    [Fact]
    public void A_budget_that_still_counts_its_past_has_no_chance_and_a_hard_one_says_that_it_refuses()
    {
        var budget = new BudgetView { BudgetId = "b", Name = "b", Scope = new BudgetScope { TeamId = Team }, AmountNanos = 50 * Dollar, PeriodTo = At("2026-07-01T00:00:00"), HardLimit = true };
        var counting = BudgetOutlooks.Of(budget, Layered(Steady, Team), Steady, Totals);
        Assert.False(counting.HasCrossing);
        Assert.Equal("What was spent in it before it was set is still being counted. Its limit is hard: calls beyond it are refused.", counting.Note);

        budget.SpentNanos = 18 * Dollar;
        var known = BudgetOutlooks.Of(budget, Layered(Steady, Team), Steady, Totals);
        Assert.Equal(CapOutlooks.Of(Month(50, 18), Totals, Steady, 0.9).Reached, known.Crossing);
        Assert.Equal("Its limit is hard: calls beyond it are refused.", known.Note);
    }

    [Fact]
    public async Task Layers_and_the_forecast_tell_a_teams_caps_and_all_of_them_those_of_the_organisation_too()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var now = Usage.Utc("2026-06-10T15:20:00");
        await using var forecast = await ForecastFixture.CreateAsync(now, cancellation);
        forecast.Organisation.Teams.AddRange(["team_search", "team_support"]);
        await forecast.AddHistoryAsync(now, 50, cancellation, ("team_search", "interactive", 1), ("team_support", "interactive", 2));
        forecast.Organisation.Caps.AddRange(
        [
            Cap("cap_all", CapScope.Organisation, "", 5), Cap("cap_support", CapScope.Team, "team_support", 1_000), Cap("cap_small", CapScope.Team, "team_support", 1), Cap("cap_search", CapScope.Team, "team_search", 1_000),
            Cap("cap_ada", CapScope.User, "ada", 1), Cap("cap_key", CapScope.Key, "key_1", 1),
        ]);
        await forecast.Get<DeniedDemandStore>().AddAsync(
            new DemandRecorded(Guid.NewGuid(), "team_support", "interactive", "", Reasons.CapReached, 7 * Dollar, "USD", now.AddDays(-3)), now, cancellation);

        forecast.Organisation.Wallets.AddRange(
        [
            new WalletView { WalletId = "wal_team_search", TeamId = "team_search", Policy = new WalletPolicy { Observe = true } }, new WalletView { WalletId = "wal_ada", TeamId = "team_support", UserId = "ada" },
        ]);

        var team = await forecast.Get<GetLayers>().RunAsync(new GetLayersRequest { TeamId = "team_support" }, cancellation);
        var all = await forecast.Get<GetLayers>().RunAsync(new GetLayersRequest(), cancellation);
        var single = await forecast.Get<GetForecast>().RunAsync(new GetForecastRequest { TeamId = "team_support" }, cancellation);
        forecast.Organisation.CapsAsked.Clear();
        var organisation = await forecast.Get<GetForecast>().RunAsync(new GetForecastRequest(), cancellation);

        Assert.Equal(["cap_small", "cap_support"], team.Caps.Select(cap => cap.CapId));
        Assert.Equal(["cap_all", "cap_search", "cap_small", "cap_support"], all.Caps.Select(cap => cap.CapId));
        Assert.Equal(team.Caps, all.Caps.Skip(2));
        Assert.All(team.Caps, cap => Assert.StartsWith("Caps, whichever it was, refused calls of 7.00 in the last four weeks, which are in no total, and in neither the chance nor the need of a cap", cap.Note, StringComparison.Ordinal));
        Assert.Equal("It refuses nothing: what its calls are charged to only observes, and lets through what asks for more than it leaves.", all.Caps[1].Note);
        Assert.EndsWith("1 of 2 wallets only observe: calls charged to them are let through beyond it.", all.Caps[0].Note, StringComparison.Ordinal);
        Assert.DoesNotContain("observe", team.Caps[0].Note, StringComparison.Ordinal);
        Assert.Equal(team.Caps.Select(cap => (cap.CapId, cap.Reached, cap.Expected, cap.NeededNanos)), single.Caps.Select(cap => (cap.CapId, cap.Reached, cap.Expected, cap.NeededNanos)));
        Assert.Equal(["cap_all"], organisation.Caps.Select(cap => cap.CapId));
        Assert.Equal([CapScope.Organisation], forecast.Organisation.CapsAsked);
        var listed = new List<ForecastView>();
        await foreach (var view in forecast.Get<ListForecasts>().RunAsync(new ListForecastsRequest(), cancellation))
        {
            listed.Add(view);
        }

        Assert.Equal(single.Caps, listed.Single(view => view.TeamId == "team_support").Caps);
        Assert.Equal(organisation.Caps, listed[0].Caps);

        // The organisation's own wallet is asked by no call, and a frozen one lets none through.
        forecast.Organisation.Wallets.AddRange(
            [new WalletView { WalletId = "wal_organisation", Policy = new WalletPolicy { Observe = true } }, new WalletView { WalletId = "wal_bob", TeamId = "team_support", UserId = "bob", Policy = new WalletPolicy { Observe = true, Frozen = true } }]);
        var more = await forecast.Get<GetLayers>().RunAsync(new GetLayersRequest(), cancellation);
        var sums = await forecast.Get<GetForecast>().RunAsync(new GetForecastRequest(), cancellation);
        const string OfThree = "1 of 3 wallets only observe: calls charged to them";
        Assert.EndsWith($"{OfThree} are let through beyond it.", more.Caps[0].Note, StringComparison.Ordinal);
        Assert.Equal([(1, 3, $"{OfThree} go on when they are empty."), (1, 3, $"{OfThree} go on when they are empty.")], new[] { (more.Funds[0].ObservingWallets, more.Funds[0].Wallets, more.Funds[0].ObservingNote), (sums.ObservingWallets, sums.Wallets, sums.ObservingNote) });

        // A Wallet of an earlier version says of no sum that some observe: then it is not said that none does.
        forecast.Organisation.IsEarlier = true;
        var earlier = await forecast.Get<GetForecast>().RunAsync(new GetForecastRequest(), cancellation);
        Assert.Equal((false, false, ""), (earlier.HasObservingWallets, earlier.HasWallets, earlier.ObservingNote));

        // What runs out there ends no work, which stands beside it wherever it is told.
        (long, long, string) some = (1, 2, "1 of 2 wallets only observe: calls charged to them go on when they are empty.");
        (long, long, string) search = (1, 1, "Its wallet only observes: calls go on when it is empty.");
        Assert.Equal([some, search, (0, 1, "")], listed.Select(view => (view.ObservingWallets, view.Wallets, view.ObservingNote)));
        Assert.Equal(some, (organisation.ObservingWallets, organisation.Wallets, organisation.ObservingNote));
        Assert.Equal((0, 1, ""), (single.ObservingWallets, single.Wallets, single.ObservingNote));
        Assert.Equal([some, search, (0, 1, "")], all.Funds.Select(funds => (funds.ObservingWallets, funds.Wallets, funds.ObservingNote)));
        Assert.Equal([1, 0], all.Wallets.Where(wallet => wallet.WalletId.Length > 0).Select(wallet => wallet.Funds.ObservingWallets));
    }

    private static Cap Cap(string id, CapScope scope, string scopeId, long dollars) => new(Month(dollars, 0)) { CapId = id, Scope = scope, ScopeId = scopeId };

    private static Cap Month(long dollars, long used, long undrawn = 0, long uncounted = 0) => new()
    {
        CapId = "cap_a", Scope = CapScope.Team, ScopeId = Team, Period = CapPeriod.Month, TimeZone = "UTC", AmountNanos = dollars * Dollar, UsedNanos = used * Dollar, UndrawnNanos = undrawn * Dollar,
        UncountedNanos = uncounted * Dollar, PeriodTo = At("2026-07-01T00:00:00"),
    };

    private static Google.Protobuf.WellKnownTypes.Timestamp At(string moment) => Usage.Utc(moment).ToTimestampUtc();
}
