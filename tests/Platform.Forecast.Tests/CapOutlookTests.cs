using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

/// <summary>What becomes of caps, and what is said of them beside money.</summary>
public sealed class CapOutlookTests
{
    private const long Dollar = 1_000_000_000;
    private static readonly DateTimeOffset ThisMonthEnds = Utc("2026-07-01T00:00:00");

    // Two dollars a day in each of two teams, always; it is noon of the tenth of June.
    private static readonly CurrentForecast Steady = Now(Ahead(June, [.. new[] { "team_a", "team_b" }.Select(team =>
        new SegmentSeries(new SegmentKey(team, "batch", ""), June.Today.AddDays(-100), [.. Enumerable.Repeat(Day(2), 100)]))]));

    private static readonly LayeredForecasts Layers = Layered(Steady, "");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(CapScope.Team, 14.0, "2026-07-01T00:00:00", true)]
    [InlineData(CapScope.Team, 60.0, "2026-07-01T00:00:00", false)]
    [InlineData(CapScope.Team, 60.0, "2026-10-01T00:00:00", true)]
    [InlineData(CapScope.Team, 14.0, "2026-06-15T00:00:00", false)]
    [InlineData(CapScope.Organisation, 60.0, "2026-07-01T00:00:00", true)]
    [InlineData(CapScope.Organisation, 120.0, "2026-07-01T00:00:00", false)]
    public void A_cap_is_reached_in_as_many_futures_as_spend_what_it_has_left_before_its_period_ends(CapScope scope, double left, string ends, bool isReached)
    {
        var outlook = Of(Cap(scope, left, ends));

        Assert.InRange(outlook.Reached, isReached ? 0.9 : 0, isReached ? 1 : 0.1);
        Assert.Equal(isReached, outlook.Expected is not null);
        Assert.True(!isReached || (outlook.Early <= outlook.Expected && outlook.Expected.ToDateTimeOffset() < Utc(ends)));
        Assert.Equal((scope, (long)(left * Dollar), 100 * Dollar), (outlook.Scope, outlook.LeftNanos, outlook.AmountNanos));
    }

    [Fact]
    public void Fourteen_dollars_at_two_a_day_from_a_noon_on_last_to_the_middle_of_the_seventh_day()
    {
        var expected = Of(Cap(CapScope.Team, 14, "2026-07-01T00:00:00")).Expected.ToDateTimeOffset();

        Assert.Equal(Utc("2026-06-17T12:00:00"), expected, TimeSpan.FromHours(18));
    }

    [Fact]
    public void A_user_reaches_a_cap_by_the_share_of_the_team_that_the_calls_have()
    {
        // Half of the dollar that is left of today, and a dollar a day.
        SegmentSeries[] segments = [Layers.Teams[0].Segments[0].Forecast.Series];
        var ada = new CapShare(new BudgetScope { TeamId = "team_a", UserId = "ada" }, ScopeShare.Of(segments, segments[0].Days.Index().ToDictionary(day => segments[0].FirstDay.AddDays(day.Index), day => day.Item.CostNanos / 2)));
        CapOutlook Left(double dollars) => CapOutlooks.Of(Cap(CapScope.User, dollars, "2026-07-01T00:00:00"), Layers, Steady, new DailyTotals(0), ada);

        Assert.InRange(Left(10).Reached, 0.9, 1);
        Assert.InRange(Left(30).Reached, 0, 0.1);
        Assert.StartsWith("Its share of its team over 100 days", Left(10).Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cap_that_has_nothing_left_is_reached_now_and_one_without_a_period_says_why_it_is_not_known()
    {
        var (spent, unknown) = (Of(Cap(CapScope.Team, 0, "2026-07-01T00:00:00")), Of(new Cap { CapId = "c", Scope = CapScope.Team, ScopeId = "team_a", AmountNanos = 5, Problem = "There is no zone X here." }));

        Assert.Equal((1.0, Steady.Now, Steady.Now), (spent.Reached, spent.Early.ToDateTimeOffset(), spent.Expected.ToDateTimeOffset()));
        Assert.Equal("A cap of 100.00 USD a month has nothing left: calls are refused until its period ends on 2026-07-01, whatever money there is (kt caps list).", Said(spent, ThisMonthEnds));
        Assert.Equal((false, "There is no zone X here.", ""), (unknown.HasReached, unknown.Note, Said(unknown, ThisMonthEnds)));
    }

    [Theory]
    [InlineData(14.0, "2026-06-30T00:00:00", true)]
    [InlineData(14.0, null, true)]
    [InlineData(14.0, "2026-06-12T00:00:00", false)]
    [InlineData(60.0, null, false)]
    public void A_cap_is_spoken_of_beside_money_where_it_stops_calls_before_that_is_out(double left, string? outOfMoney, bool isSaid)
    {
        var said = Said(Of(Cap(CapScope.Team, left, "2026-07-01T00:00:00")), outOfMoney is null ? null : Utc(outOfMoney));

        Assert.Equal(isSaid, said.StartsWith("A cap of 100.00 USD a month has 14.00 left, which ", StringComparison.Ordinal));
        Assert.Equal(isSaid, said.EndsWith(": calls are refused from then on, before the money is out (kt caps list).", StringComparison.Ordinal));
        Assert.Equal(isSaid, said.Length > 0);
    }

    [Fact]
    public async Task Layers_and_forecast_tell_of_the_caps_of_whom_they_are_of()
    {
        var now = Utc("2026-06-10T15:20:00");
        await using var forecast = await ForecastFixture.CreateAsync(now, Cancellation);
        forecast.Organisation.Teams.AddRange(["team_search", "team_support"]);
        forecast.Organisation.Funds.Add("team_search", 1_000_000 * Dollar);
        await forecast.AddHistoryAsync(now, 50, Cancellation, ("team_search", "interactive", 1), ("team_support", "interactive", 2));

        // All that the first team spends is Ada's.
        forecast.Organisation.Callers.AddRange(Synthetic.Team(1, 50).Select((dollars, day) => ("ada", "", now.AddDays(day - 50).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), (long)(dollars * 1e8))));
        forecast.Organisation.Caps.AddRange(
        [
            Cap(CapScope.Organisation, 1_000_000, "2026-07-01T00:00:00", "", "all"), Cap(CapScope.Team, 3, "2026-07-01T00:00:00", "team_search", "search"),
            Cap(CapScope.Team, 1_000_000, "2026-07-01T00:00:00", "team_support", "support"), Cap(CapScope.User, 3, "2026-07-01T00:00:00", "ada", "ada"),
        ]);
        async Task<LayeredForecast> LayersAsync(string team) => await forecast.Get<GetLayers>().RunAsync(new GetLayersRequest { TeamId = team }, Cancellation);
        async Task<string> NoteAsync(string team) => (await forecast.Get<GetForecast>().RunAsync(new GetForecastRequest { TeamId = team }, Cancellation)).CapNote;
        var (all, search) = (await LayersAsync(""), await LayersAsync("team_search"));

        Assert.Equal(["all", "search", "support", "ada"], all.Caps.Select(cap => cap.CapId));
        Assert.Equal(all.Caps[1], search.Caps.Single());
        Assert.Equal((0.0, 0.0), (all.Caps[0].Reached, all.Caps[2].Reached));
        Assert.InRange(all.Caps[1].Reached, 0.9, 1);

        // Who is all of a team reaches a cap when it would.
        Assert.Equal((all.Caps[1].Reached, all.Caps[1].Expected), (all.Caps[3].Reached, all.Caps[3].Expected));
        Assert.StartsWith("A cap of 100.00 USD a month has 3.00 left", search.Funds.Single().CapNote, StringComparison.Ordinal);
        Assert.Equal(["", search.Funds.Single().CapNote], all.Funds.Select(funds => funds.CapNote));
        Assert.Equal((search.Funds.Single().CapNote, "", ""), (await NoteAsync("team_search"), await NoteAsync("team_support"), await NoteAsync("")));
    }

    private static CapOutlook Of(Cap cap) => CapOutlooks.Of(cap, Layers, Steady, new DailyTotals(June.Days).Of(Layers, Steady, CapOutlooks.TeamOf(cap)));

    private static string Said(CapOutlook outlook, DateTimeOffset? outOfMoney) => CapOutlooks.Sentences([outlook], outOfMoney?.ToTimestampUtc(), Steady, "USD");

    private static Cap Cap(CapScope scope, double left, string ends, string? of = null, string id = "cap") => new()
    {
        CapId = id, Scope = scope, ScopeId = of ?? (scope == CapScope.Organisation ? "" : scope == CapScope.Team ? "team_a" : "ada"), Period = CapPeriod.Month, AmountNanos = 100 * Dollar,
        LeftNanos = (long)(left * Dollar), PeriodTo = Utc(ends).ToTimestampUtc(), Currency = "USD", Active = true,
    };
}
