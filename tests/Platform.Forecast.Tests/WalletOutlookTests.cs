using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using Platform.SyntheticCompany;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

public sealed class WalletOutlookTests(ITestOutputHelper output)
{
    private const int Days = 100;
    private const string Team = "team_a";

    private static readonly CurrentForecast Forecast = Now(Ahead(
        June, Segment(Team, "batch", 1, 120), Segment(Team, "interactive", 2, 200), Segment("team_b", "interactive", 3, 90)));

    private static readonly SegmentSeries Whole = SegmentSeries.Add(default, [.. Forecast.Teams[0].Segments.Select(segment => segment.Forecast.Series)]);

    private static readonly PlanRow Planned =
        new("p", "p", Team, "batch", "", "openai", "gpt-4o", June.Today, 0, 1_000, 100, 0, PlanRow.Certain / 2, 300_000, null, "", "", true, default, "");

    [Theory]
    [InlineData("ada", "", "wal_ada")]
    [InlineData("ada", "bot", "wal_ada")]
    [InlineData("bob", "bot", "wal_bot")]
    [InlineData("", "bot", "wal_bot")]
    [InlineData("bob", "", "")]
    [InlineData("bob", "tool", "")]
    public void A_call_is_paid_by_its_users_wallet_else_its_applications_else_the_teams(string user, string application, string payer)
    {
        WalletView[] wallets = [Wallet("wal_ada", user: "ada"), Wallet("wal_bot", application: "bot"), Wallet("wal_team")];
        var day = new CallerDay(user, application, June.Today, 7);

        // As Metering answers: users who have a wallet by application, applications that have one by whomever.
        var charged = WalletCharges.Of(wallets, user == "ada" ? [day] : [], application == "bot" ? [day with { UserId = "" }] : []);

        Assert.Equal(payer.Length == 0 ? [] : [payer], charged.Where(wallet => wallet.Value.Values.Sum() != 0).Select(wallet => wallet.Key));
        Assert.Equal(payer.Length == 0 ? 0 : 7, charged.Values.Sum(days => days.Values.Sum()));
    }

    [Fact]
    public void Wallets_come_to_what_their_team_spends_in_every_future_to_the_nano()
    {
        var random = new Random(7);
        SharedWallet[] wallets =
        [
            Shared("wal_ada", nanos => (long)(nanos * random.NextDouble())), Shared("wal_bot", nanos => (long)(nanos * Math.Max(0, random.NextDouble() - 0.5))), Shared("wal_new", _ => 0),
            Shared("wal_team", nanos => nanos / 3),
        ];
        var team = Spend();
        var parts = WalletPaths.Part(team, WalletPaths.Cumulate(Days, wallets)).ToArray();

        Assert.All(Enumerable.Range(0, team.Length), i => Assert.Equal(team[i], parts.Sum(part => part[i])));
        Assert.All(parts.SelectMany(part => part), nanos => Assert.True(nanos >= 0));
        Assert.Equal(0, parts[2].Sum());
        Assert.All([parts[0], parts[1], parts[3]], part => Assert.InRange(part.Sum(nanos => (double)nanos) / team.Sum(nanos => (double)nanos), 0.1, 0.6));
    }

    [Fact]
    public void A_wallet_that_pays_for_all_of_the_team_runs_out_when_the_team_would()
    {
        var layered = Layered(Forecast, Team);
        var totals = new DailyTotals(June.Days).Of(layered, Forecast, Team);
        SharedWallet[] wallets = [Shared("wal_ada", nanos => nanos, 400_000_000_000), Shared("wal_team", _ => 0, 5)];
        var (own, ada) = WalletOutlooks.Of(Team, Of(wallets), layered, Forecast, totals, 0.9).ToArray() switch { var both => (both[0], both[1]) };

        Assert.Equal(FundsOutlooks.Of(Team, new(400_000_000_000) { Wallets = 1 }, totals, Forecast, 0.9), ada.Funds);
        Assert.True(ada.Funds.Early <= ada.Funds.Expected && ada.Funds.Expected <= ada.Funds.Late);
        Assert.Equal((0, 0, null), (own.Funds.ExhaustedNextMonth, own.Funds.NeededNextMonthNanos, own.Funds.Expected));
        Assert.Contains("over 91 days, times the team's forecast", ada.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_planned_is_paid_by_the_team()
    {
        var layered = Layered(Forecast, Team, ReadPlan.Priced([(Planned, 5_000_000)], Forecast));
        var (without, with) = (Layered(Forecast, Team), new DailyTotals(June.Days).Of(layered, Forecast, Team));
        SharedWallet[] wallets = [Shared("wal_ada", nanos => nanos / 2), Shared("wal_team", nanos => nanos / 2)];
        var before = WalletOutlooks.Of(Team, Of(wallets), without, Forecast, new DailyTotals(June.Days).Of(without, Forecast, Team), 0.5).ToArray();
        var after = WalletOutlooks.Of(Team, Of(wallets), layered, Forecast, with, 0.5).ToArray();

        Assert.Equal(before[1], after[1]);
        Assert.True(after[0].Funds.NeededThisMonthNanos > before[0].Funds.NeededThisMonthNanos);
        Assert.Contains("planned", after[0].Note, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_planned_for_a_users_wallet_comes_out_of_the_teams_own()
    {
        var layered = Layered(Forecast, Team);
        var totals = new DailyTotals(June.Days).Of(layered, Forecast, Team);
        SharedWallet ada = Shared("wal_ada", nanos => nanos / 2), own = Shared("wal_team", nanos => nanos / 2, 400_000_000_000);
        var given = ada with { Funds = new SpendableFunds(0) { Parts = [new FundsPart(Utc.StartOf(June.Today.AddDays(1)), 150_000_000_000, null, false)] } };
        WalletOutlook[] Outlooks(SharedWallet user) => [.. WalletOutlooks.Of(Team, Of([user, own]), layered, Forecast, totals, 0.9)];
        var (without, with) = (Outlooks(ada), Outlooks(given));

        Assert.True(with[0].Funds.Expected < without[0].Funds.Expected);
        Assert.Contains("comes out of it", with[0].Note, StringComparison.Ordinal);
        Assert.DoesNotContain("comes out of it", without[0].Note, StringComparison.Ordinal);
        Assert.Equal(without[0].Funds.NeededThisMonthNanos, with[0].Funds.NeededThisMonthNanos);
    }

    [Fact]
    public void The_band_of_a_wallets_month_holds_what_comes_in_about_four_of_five_companies()
    {
        // As if an application with a wallet made the reviews.
        var inside = ReviewsOfCompanies.Inside((team, current, reviews) =>
        {
            SharedWallet[] wallets =
            [
                new(Wallet("wal_review", application: "review"), Share(team, (day, _) => reviews(day))),
                new(Wallet("wal_team"), Share(team, (day, all) => all - reviews(day))),
            ];
            var totals = new DailyTotals(current.Horizon.Days).Of(Layered(current, ""), current, "team-1");
            var spend = Enumerable.Range(0, JointPaths.Paths * 30).Select(i => totals.On(i / 30, i % 30)).ToArray();
            return WalletPaths.Part(spend, WalletPaths.Cumulate(30, wallets)).First();
        });

        output.WriteLine($"{inside} of 100 inside");
        Assert.InRange(inside, 70, 92);
    }

    [Fact]
    public void A_hundred_wallets_are_looked_at_at_once()
    {
        SharedWallet[] wallets = [.. Enumerable.Range(0, 100).Select(place => Shared($"wal_{place}", nanos => nanos / 100)), Shared("wal_team", _ => 0)];
        var layered = Layered(Forecast, Team);
        var totals = new DailyTotals(June.Days).Of(layered, Forecast, Team);
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        var drawn = Of(wallets);
        var drawing = System.Diagnostics.Stopwatch.GetElapsedTime(started);
        var outlooks = WalletOutlooks.Of(Team, drawn, layered, Forecast, totals, 0.9).ToArray();

        output.WriteLine($"{drawing.TotalMilliseconds:0} ms to draw, once a forecast, and {(System.Diagnostics.Stopwatch.GetElapsedTime(started) - drawing).TotalMilliseconds:0} ms of one processor to answer");
        Assert.Equal(101, outlooks.Length);
    }

    private static TeamWallets Of(SharedWallet[] wallets)
    {
        var cumulated = WalletPaths.Cumulate(Days, wallets);
        return new TeamWallets(wallets, () => cumulated);
    }

    private static long[] Spend()
    {
        var totals = new DailyTotals(Days).Of(ScopePaths.Of(new Contracts.Metering.V1.BudgetScope { TeamId = Team }, Layered(Forecast, Team), Forecast, Days, null));
        return [.. Enumerable.Range(0, JointPaths.Paths * Days).Select(i => totals.On(i / Days, i % Days))];
    }

    private static ScopeShare Share(SegmentSeries whole, Func<int, long, long> of) => ScopeShare.Of(
        [whole], Enumerable.Range(whole.Days.Count - WalletShares.HistoryDays, WalletShares.HistoryDays).ToDictionary(whole.FirstDay.AddDays, day => of(day, whole.Days[day].CostNanos)));

    /// <param name="of">What of a day's spend of the team it pays.</param>
    private static SharedWallet Shared(string walletId, Func<long, long> of, long available = 0)
    {
        var wallet = walletId == "wal_team" ? Wallet(walletId) : Wallet(walletId, user: walletId);
        wallet.AvailableNanos = available;
        return new SharedWallet(wallet, Share(Whole, (_, nanos) => of(nanos)));
    }

    private static WalletView Wallet(string walletId, string user = "", string application = "") => new() { WalletId = walletId, TeamId = Team, UserId = user, ApplicationId = application };
}
