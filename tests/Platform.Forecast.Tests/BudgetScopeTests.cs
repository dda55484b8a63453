using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using Platform.SyntheticCompany;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

public sealed class BudgetScopeTests(ITestOutputHelper output)
{
    private const int Days = 60;

    private static readonly CurrentForecast Forecast = Now(Ahead(
        June, Segment("team_a", "batch", 1, 120), Segment("team_a", "interactive", 2, 200), Segment("team_b", "interactive", 3, 90)));

    private static readonly LayeredForecasts Layers = Layered(Forecast, "");

    [Theory]
    [InlineData("team_a", "")]
    [InlineData("", "")]
    [InlineData("team_a", "batch")]
    public void A_scope_that_is_all_of_its_segments_is_their_forecast_to_the_nano(string team, string workload)
    {
        var (part, whole) = (new BudgetScope { TeamId = team, Workload = workload, UserId = "ada" }, new BudgetScope { TeamId = team, Workload = workload });

        Assert.Equal(Paths(whole, null), Paths(part, Share(part, day => day)));
    }

    [Fact]
    public void A_scope_is_never_dearer_than_its_team_in_any_future()
    {
        var random = new Random(5);
        var scope = new BudgetScope { TeamId = "team_a", Model = "gpt-4o" };
        var (part, whole) = (Paths(scope, Share(scope, nanos => (long)(nanos * Math.Min(1, 0.6 + 0.6 * random.NextDouble())))), Paths(new BudgetScope { TeamId = "team_a" }, null));

        Assert.All(part.Zip(whole), day => Assert.InRange(day.First, 0, day.Second));
        Assert.True(part.Sum() > 0.6 * whole.Sum(nanos => (double)nanos));
    }

    [Fact]
    public void A_quarter_of_a_team_crosses_a_quarter_of_its_budget_when_the_team_does()
    {
        var scope = new BudgetScope { TeamId = "team_a", KeyId = "key_1" };
        var days = new DailyTotals(June.Days).Of(Layers, Forecast, "team_a");
        var amount = days.Sorted(0, 21)[400];
        var whole = BudgetOutlooks.Of(Budget(amount, new BudgetScope { TeamId = "team_a" }), Layers, Forecast, days);
        var part = BudgetOutlooks.Of(Budget(amount / 4, scope), Layers, Forecast, days, Share(scope, nanos => nanos / 4));

        Assert.Equal(whole.Crossing, part.Crossing, 0.02);
        Assert.Equal(whole.Expected.ToDateTimeOffset(), part.Expected.ToDateTimeOffset(), TimeSpan.FromHours(4));
        Assert.Contains("Its share of its team over 200 days", part.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_of_a_team_has_days_and_dates_that_add_up_to_its_segments()
    {
        var scope = new BudgetScope { TeamId = "team_a", Workload = "batch" };
        var paths = Paths(scope, null);
        var batch = Forecast.Teams[0].Segments.Single(segment => segment.Key.Workload == "batch");

        // The rest of June is a piece of the calendar, which ends with the twentieth day after today.
        Assert.All(Enumerable.Range(0, JointPaths.Paths), path => Assert.Equal(batch[path, 1], paths.Skip(path * Days + 1).Take(20).Sum()));
        var tomorrow = Budget(1, scope);
        tomorrow.PeriodTo = Usage.Utc("2026-06-12T00:00:00").ToTimestampUtc();
        Assert.Equal(1, BudgetOutlooks.Of(tomorrow, Layers, Forecast, new DailyTotals(0)).Crossing);
        Assert.Equal(Forecast.Now, BudgetOutlooks.Of(tomorrow, Layers, Forecast, new DailyTotals(0)).Expected.ToDateTimeOffset(), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void What_is_planned_is_in_the_scope_that_it_names()
    {
        var item = new PlanRow("p", "p", "team_a", "batch", "", "openai", "gpt-4o", June.Today.AddDays(5), 0, 1_000, 100, 0, PlanRow.Certain, 0, null, "", "", true, default, "");
        var layers = Layered(Forecast, "", ReadPlan.Priced([(item, 1_000_000)], Forecast));
        long Planned(BudgetScope scope) => ScopePaths.Of(scope, layers, Forecast, Days, null).Sum() - Paths(scope, null).Sum();

        Assert.True(Planned(new BudgetScope { Model = "gpt-4o" }) > 0);
        Assert.Equal(Planned(new BudgetScope { Model = "gpt-4o" }), Planned(new BudgetScope { TeamId = "team_a", Workload = "batch" }));
        Assert.Equal(0, Planned(new BudgetScope { Model = "gpt-4o-mini" }) + Planned(new BudgetScope { TeamId = "team_b", Model = "gpt-4o" }) + Planned(new BudgetScope { UserId = "ada" }));
    }

    [Fact]
    public void A_scope_in_which_nothing_was_spent_expects_nothing()
    {
        var scope = new BudgetScope { UserId = "ada" };
        var outlook = BudgetOutlooks.Of(Budget(1, scope), Layers, Forecast, new DailyTotals(0), ScopeShare.Of(Series(scope), new Dictionary<DateOnly, long>()));

        Assert.Equal((0, null), (outlook.Crossing, outlook.Expected));
        Assert.Contains("Nothing was spent", outlook.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Fifty_budgets_of_parts_are_looked_at_at_once()
    {
        var scope = new BudgetScope { TeamId = "team_a", UserId = "ada" };
        var share = Share(scope, nanos => nanos / 3);
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        var outlooks = Enumerable.Range(0, 50).AsParallel().Select(_ => BudgetOutlooks.Of(Budget(1, scope), Layers, Forecast, new DailyTotals(0), share)).ToArray();

        output.WriteLine($"{System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms");
        Assert.All(outlooks, outlook => Assert.Equal(1, outlook.Crossing));
    }

    [Fact]
    public void The_band_of_a_scopes_month_holds_what_comes_in_about_four_of_five_companies()
    {
        // As if the reviews had a tag and no workload of their own.
        var inside = ReviewsOfCompanies.Inside((team, current, reviews) =>
        {
            var share = ScopeShare.Of([team], Enumerable.Range(0, team.Days.Count).ToDictionary(team.FirstDay.AddDays, reviews));
            return ScopePaths.Of(new BudgetScope { TagKey = "use", TagValue = "review" }, Layered(current, ""), current, 30, share.Draw(30, "b"));
        });

        output.WriteLine($"{inside} of 100 inside");
        Assert.InRange(inside, 70, 92);
    }

    private static SegmentSeries[] Series(BudgetScope scope) =>
        [.. Forecast.Teams.SelectMany(team => team.Segments).Where(segment => scope.Takes(segment.Key)).Select(segment => segment.Forecast.Series)];

    /// <param name="of">What of a day's spend is in the scope.</param>
    private static ScopeShare Share(BudgetScope scope, Func<long, long> of)
    {
        var whole = SegmentSeries.Add(default, Series(scope));
        return ScopeShare.Of([whole], Enumerable.Range(0, whole.Days.Count).ToDictionary(whole.FirstDay.AddDays, day => of(whole.Days[day].CostNanos)));
    }

    private static long[] Paths(BudgetScope scope, ScopeShare? share) => ScopePaths.Of(scope, Layers, Forecast, Days, share?.Draw(Days, "b"));

    private static BudgetView Budget(long nanos, BudgetScope scope) => new()
    {
        BudgetId = "b", Name = "b", Scope = scope, Period = BudgetPeriod.Month, AmountNanos = nanos, SpentNanos = 0, PeriodTo = Usage.Utc("2026-07-01T00:00:00").ToTimestampUtc(),
    };
}
