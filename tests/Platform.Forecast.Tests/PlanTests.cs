using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Routing.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Publishing;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

public sealed class PlanTests
{
    private static readonly DateOnly Today = June.Today;

    private static PlanRow Item(string id = "launch", int startsIn = 10, int ramp = 0, int probability = PlanRow.Certain, int spread = 0, string lane = "", int? endsIn = null) => new(
        id, id, "team_a", "new", lane, "", "gpt-4o-mini", Today.AddDays(startsIn), ramp, 1000, 1_000_000, 0, probability, spread,
        endsIn is { } days ? Today.AddDays(days) : null, "", "", true, DateTimeOffset.UnixEpoch, "key_1");

    private static PricedItem Priced(PlanRow row, SegmentSeries? segment = null) => PlanProgress.Of([(row, 1_000_000)], segment is null ? [] : [segment], Today).Single();

    [Fact]
    public void A_ramp_goes_up_in_equal_steps_and_an_end_ends_it()
    {
        var item = Item(startsIn: 2, ramp: 3, endsIn: 8);

        Assert.Equal([0, 0, 250, 500, 750, 1000, 1000, 1000, 0, 0], Enumerable.Range(0, 10).Select(day => item.CallsOn(Today.AddDays(day))));
    }

    [Fact]
    public void Calls_of_a_span_are_those_of_its_days()
    {
        foreach (var item in new[] { Item(startsIn: 2, ramp: 3, endsIn: 8), Item(startsIn: 2, ramp: 30, endsIn: 8), Item(startsIn: 1, ramp: 0), Item(startsIn: 1, ramp: 7) })
        {
            foreach (var (from, to) in from start in Enumerable.Range(0, 12) from end in Enumerable.Range(0, 14) select (start, end))
            {
                Assert.Equal(Enumerable.Range(from, Math.Max(0, to - from)).Sum(day => item.CallsOn(Today.AddDays(day))), item.CallsIn(Today.AddDays(from), Today.AddDays(to)), 6);
            }
        }
    }

    [Fact]
    public void What_is_planned_comes_on_top_of_the_layers_to_the_nano()
    {
        var forecast = Now(Ahead(June, Segment("team_a", "interactive", 2, 200)));
        var (without, with) = (Layered(forecast, "team_a"), Layered(forecast, "team_a", Priced(Item())));
        var (before, after) = (without.Of(PeriodSpan.Of(PeriodKind.NextMonth, June)), with.Of(PeriodSpan.Of(PeriodKind.NextMonth, June)));

        Assert.Equal(31_000_000_000, after.Planned.Expected);
        Assert.Equal(before.Total.Expected + 31_000_000_000, after.Total.Expected);
        Assert.Equal(before.Total.P50 + 31_000_000_000, after.Total.P50);
        Assert.Equal(before.Baseline, after.Baseline);

        // From the twentieth of June on: eleven days.
        Assert.Equal(11_000_000_000, with.Of(PeriodSpan.Of(PeriodKind.Month, June)).Planned.P90);
    }

    [Fact]
    public void A_team_that_uses_nothing_yet_can_plan()
    {
        var layered = Layered(Now(Ahead(June)), "", Priced(Item()));

        Assert.Equal(31_000_000_000, layered.Of(PeriodSpan.Of(PeriodKind.NextMonth, June)).Total.Expected);
        Assert.Empty(Layered(Now(Ahead(June)), "team_b", Priced(Item())).Planned);
    }

    [Fact]
    public void Probability_and_spread_are_what_paths_say()
    {
        var planned = PlannedPaths.Of([Priced(Item(probability: 400_000, spread: 500_000))], June);
        var day = Enumerable.Range(0, JointPaths.Paths).Select(path => planned.Path(path)[20]).ToArray();
        var happened = day.Where(nanos => nanos > 0).Order().ToArray();

        Assert.InRange(happened.Length, 350, 450);
        Assert.InRange(happened.Count(nanos => nanos >= 1e9 / 1.5 && nanos <= 1e9 * 1.5) / (double)happened.Length, 0.74, 0.86);
    }

    [Theory]
    [InlineData(5, 0.0, "Planned", 0, 0)]
    [InlineData(-2, 0.0, "Planned", 2, 0)]
    [InlineData(-4, 0.0, "Late", 4, 0)]
    [InlineData(-4, 0.9, "Launched", 4, 3.6)]
    [InlineData(-7, 1.0, "Launched", 7, 7)]
    public void What_started_is_set_beside_what_its_segment_spent_above_its_level(int startsIn, double dollars, string status, double planned, double actual)
    {
        // Five dollars a day before, and the launch on top of them.
        var days = Enumerable.Range(-60, 60).Select(day => Day(5 + (day >= startsIn ? dollars : 0)));
        var progress = Priced(Item(startsIn: startsIn), new SegmentSeries(new SegmentKey("team_a", "new", ""), Today.AddDays(-60), [.. days])).Progress;

        Assert.Equal((status, planned, actual), (progress.Status.ToString(), progress.PlannedNanos / 1e9, Math.Round(progress.ActualNanos / 1e9, 6)));
    }

    // The item is a dollar a day. The segment grows by 2 % a week and has its weekends, and what came of the item is on top.
    [Theory]
    [InlineData(100, -7, 0.0, "Planned")] // It could not be told from the growth.
    [InlineData(100, -7, 1.0, "Launched")]
    [InlineData(10, -7, 0.0, "Late")]
    [InlineData(10, -7, 1.0, "Launched")]
    [InlineData(10, -2, 0.0, "Planned")]
    [InlineData(0, -7, 0.0, "Late")]
    public void Growth_and_moods_of_a_segment_are_no_launch(double level, int startsIn, double came, string status)
    {
        var days = Enumerable.Range(-90, 90).Select(day => Day((level * Math.Pow(1.02, (day + 90) / 7.0) * (day % 7 is 0 or -1 ? 0.5 : 1)) + (day >= startsIn ? came : 0)));
        var progress = Priced(Item(startsIn: startsIn), new SegmentSeries(new SegmentKey("team_a", "new", ""), Today.AddDays(-90), [.. days])).Progress;
        Assert.Equal(status, progress.Status.ToString());
    }

    // Usage is known from so many days before the start; five dollars a day, a tenth less on other days, and what came of the item, a dollar a day, on top.
    [Theory]
    [InlineData(5, -7, 0.0, "Planned", 0)]
    [InlineData(13, -7, 1.0, "Planned", 0)] // It would be seen, but nothing says what is its own.
    [InlineData(15, -4, 0.0, "Planned", 0)]
    [InlineData(15, -20, 1.0, "Planned", 1)]
    [InlineData(35, -7, 0.0, "Planned", 0)]
    [InlineData(50, -7, 0.0, "Late", 0)]
    [InlineData(50, -7, 1.0, "Launched", 1)]
    [InlineData(50, -21, 1.0, "Launched", 1)] // No more than thirteen days that are as long are known.
    [InlineData(50, -21, 0.0, "Late", 0)]
    public void Before_a_start_of_which_few_days_are_known_nothing_is_taken_for_a_launch(int known, int startsIn, double came, string status, double actual)
    {
        var days = Enumerable.Range(startsIn - known, known - startsIn).Select(day => Day(5 - (known < 40 && day % 2 != 0 ? 0.5 : 0) + (day >= startsIn ? came : 0)));
        var priced = Priced(Item(startsIn: startsIn, probability: 500_000), new SegmentSeries(new SegmentKey("team_a", "new", ""), Today.AddDays(startsIn - known), [.. days]));

        Assert.Equal((status, actual), (priced.Progress.Status.ToString(), Math.Round(priced.Progress.ActualNanos / 1e9 / -startsIn, 1)));
        Assert.Equal(status == "Planned", priced.Progress is { IsHidden: true, IsOfFewDays: true });
        Assert.Equal(status == "Launched" ? Math.Max(0, 1 + startsIn / 14.0) : 1, PlannedPaths.NanosOn(priced, Today.AddDays(40), Today) / 1e9, 6);
    }

    [Theory]
    [InlineData(20, -7, true)] // A team that had nothing, of an organisation that was known.
    [InlineData(20, -17, false)] // A team of which it is known since shortly before.
    [InlineData(3, -7, false)]
    public void A_team_is_new_where_its_organisation_was_known(int known, int teamSince, bool isSeen)
    {
        SegmentSeries Series(string team, int since) => new(new SegmentKey(team, "new", ""), Today.AddDays(since), [.. Enumerable.Range(0, -since).Select(_ => Day(1))]);
        var progress = PlanProgress.Of([(Item(startsIn: -7), 1_000_000)], [Series("team_a", teamSince), Series("team_b", -7 - known)], Today).Single().Progress;

        Assert.Equal(isSeen ? PlanStatus.Launched : PlanStatus.Planned, progress.Status);
    }

    [Fact]
    public void A_published_item_has_a_level_where_its_days_are_known()
    {
        long? Level(int days) => Assert.Single(VersionTargets.Plan(new ForecastMoment(
            Now(Ahead(June, new SegmentSeries(new SegmentKey("team_a", "new", ""), Today.AddDays(-days), [.. Enumerable.Repeat(Day(2), days)]))), new[] { Priced(Item()) }.ToLookup(item => item.Item.TeamId), []))).LevelNanos;

        Assert.Null(Level(13));
        Assert.Equal(2_000_000_000, Level(20));
        Assert.Equal(2_000_000_000, Level(200));
    }

    [Fact]
    public void What_has_launched_is_added_less_and_less_and_then_only_its_ramp()
    {
        var seen = new PlanProgress(PlanStatus.Launched, 1, 1);
        double On(int startsIn, int ramp) => PlannedPaths.NanosOn(new PricedItem(Item(startsIn: startsIn, ramp: ramp), 1, seen), Today.AddDays(40), Today);

        Assert.Equal(500, On(-7, 0));
        Assert.Equal(0, On(-14, 0));
        Assert.Equal(1000 - 500, On(-20, 39));
    }

    [Theory]
    // Lane, provider, model → nanos a token of input, by which price.
    [InlineData("", "openai", "gpt-4o-mini", 150.0, "openai gpt-4o-mini")]
    [InlineData("", "", "gpt-4o-mini", null, "gpt-4o-mini has prices of azure, openai: name the provider.")]
    [InlineData("", "nobody", "gpt-4o-mini", null, "There is no price of nobody gpt-4o-mini in force: kt prices set makes one.")]
    [InlineData("scheduled", "", "gpt-4o-mini", null, "gpt-4o-mini has prices of azure, openai: name the provider.")]
    // The model's own targets of the lane; the lane's; where neither is, its own.
    [InlineData("scheduled", "openai", "gpt-4o-mini", 75.0, "openai gpt-4o-mini, tier flex, by which the policy serves lane scheduled")]
    [InlineData("scheduled", "openai", "gpt-4o", 20.0, "openai nano, by which the policy serves lane scheduled")]
    [InlineData("scheduled", "azure", "gpt-4o-mini", 20.0, "openai nano, by which the policy serves lane scheduled")]
    [InlineData("scheduled", "", "quick", 75.0, "openai gpt-4o-mini, tier flex, by which the policy serves lane scheduled")]
    [InlineData("scheduled", "openai", "dear", 900.0, "openai dear; in lane scheduled the policy serves it by openai dear, tier contract, of which there is no price: kt prices set makes one")]
    public void A_planned_call_is_priced_by_the_book_and_in_the_scheduled_lane_by_what_the_policy_serves_it_by(string lane, string provider, string model, double? nanos, string note) =>
        Assert.Equal(new PlanPrice(nanos, note), PlanPrices.Of(Asked(lane, provider, model), new PlanBook(Rows, new ScheduledRoute(Policy))));

    [Fact]
    public void Scheduled_work_is_priced_as_any_other_where_the_policy_says_nothing_of_it_or_is_not_known()
    {
        Policy.Lanes[0].Route = null;
        Assert.Equal(new PlanPrice(500, "openai gpt-4o, by which the policy serves lane scheduled"), PlanPrices.Of(Asked("scheduled", "openai", "gpt-4o"), new PlanBook(Rows, new ScheduledRoute(Policy))));
        Assert.Equal(
            new PlanPrice(150, "openai gpt-4o-mini; the routing policy does not answer, so that the lane's own prices are not known"),
            PlanPrices.Of(Asked("scheduled", "openai", "gpt-4o-mini"), new PlanBook(Rows, ScheduledRoute.Unknown)));

        // The batch tier, which an older policy may still name, is billed by no call.
        Policy.Targets[0].ServiceTier = "batch";
        Assert.Equal(150, PlanPrices.Of(Asked("scheduled", "openai", "gpt-4o-mini"), new PlanBook(Rows, new ScheduledRoute(Policy))).NanosPerCall);
    }

    [Theory]
    [InlineData("", "openai", 500.0, "openai gpt-4o, of which gpt-4o-2024-08-06 is another name")]
    [InlineData("", "", 500.0, "openai gpt-4o, of which gpt-4o-2024-08-06 is another name")]
    [InlineData("", "azure", null, "There is no price of azure gpt-4o-2024-08-06 in force: kt prices set makes one.")]
    [InlineData("scheduled", "openai", 20.0, "openai nano, by which the policy serves lane scheduled")]
    public void Another_name_of_a_model_has_its_price(string lane, string provider, double? nanos, string note)
    {
        var names = new ModelNames([new PriceAlias { Provider = "openai", Alias = "gpt-4o-2024-08-06", Model = "gpt-4o" }]);
        var book = new PlanBook(Rows, new ScheduledRoute(Policy)) { Names = names };
        Assert.Equal(new PlanPrice(nanos, note), PlanPrices.Of(Asked(lane, provider, "gpt-4o-2024-08-06"), book));

        // In the scheduled lane by what its model is served by there, where the policy does not know the name.
        var mini = new PlanBook(Rows, new ScheduledRoute(Policy)) { Names = new ModelNames([new PriceAlias { Provider = "openai", Alias = "gpt-4o-mini-2024-07-18", Model = "gpt-4o-mini" }]) };
        Assert.Equal(75, PlanPrices.Of(Asked("scheduled", "openai", "gpt-4o-mini-2024-07-18"), mini).NanosPerCall);

        // Its own, where it has one: of this tier.
        var own = new PlanBook([.. Rows, Row("openai", "gpt-4o-2024-08-06", "standard", 700)], new ScheduledRoute(Policy)) { Names = names };
        Assert.Equal(new PlanPrice(700, "openai gpt-4o-2024-08-06"), PlanPrices.Of(Asked("", "openai", "gpt-4o-2024-08-06"), own));
        var flex = new PlanBook([.. Rows, Row("openai", "gpt-4o-2024-08-06", "flex", 300)], new ScheduledRoute(Policy)) { Names = names };
        Assert.Equal(500, PlanPrices.Of(Asked("", "openai", "gpt-4o-2024-08-06"), flex).NanosPerCall);
    }

    [Fact]
    public void A_price_that_the_book_has_for_later_is_that_of_a_plan_from_then_on()
    {
        var begins = Utc.StartOf(Today.AddDays(20));
        var prices = new PricesNow(new PriceVersions(
            [PricedCase.Row(1, 1, null, begins), PricedCase.Row(2, 0.5, begins, null)], ModelNames.None, ScheduledRoute.Unknown), Utc.StartOf(Today));
        var current = Now(Ahead(June, Segment("team_a", "new", 1, 60)) with { Prices = prices });
        var item = ReadPlan.Priced([(Item(startsIn: 10) with { Model = "gpt-4o" }, 1_000_000)], current).Single();

        Assert.Equal([0.0, 1, 1, 0.5, 0.5], ((int[])[9, 10, 19, 20, 300]).Select(day => PlannedPaths.NanosOn(item, Today.AddDays(day), Today) / (item.Item.CallsPerDay * 1e6)));
        Assert.Null(ReadPlan.Priced([(Item(startsIn: 10) with { Model = "o3" }, 1_000_000)], current).Single().PricesAhead);
    }

    private static readonly IReadOnlyList<PriceRow> Rows =
    [
        Row("openai", "gpt-4o-mini", "standard", 150), Row("openai", "gpt-4o-mini", "batch", 70), Row("openai", "gpt-4o-mini", "flex", 75), Row("azure", "gpt-4o-mini", "standard", 160),
        Row("openai", "gpt-4o", "standard", 500), Row("openai", "nano", "standard", 20), Row("openai", "dear", "standard", 900),
    ];

    private RoutePolicy Policy { get; } = new()
    {
        Targets =
        {
            new TargetPolicy { Name = "later", Provider = "openai", Model = "gpt-4o-mini", ServiceTier = "flex" }, new TargetPolicy { Provider = "openai", Model = "gpt-4o-mini" },
            new TargetPolicy { Provider = "openai", Model = "gpt-4o" }, new TargetPolicy { Provider = "openai", Model = "nano" },
            new TargetPolicy { Provider = "openai", Model = "dear", ServiceTier = "contract" },
        },
        Models =
        {
            new ModelPolicy { Name = "mini", Aliases = { "quick" }, Lane = "standard", Route = To("openai/gpt-4o-mini"), Lanes = { ["scheduled"] = To("later") } },
            new ModelPolicy { Name = "gpt-4o", Lane = "premium", Route = To("openai/gpt-4o") },
            new ModelPolicy { Name = "dear", Lane = "scheduled", Route = To("openai/dear") },
        },
        Lanes = { new LanePolicy { Name = "scheduled", Route = To("openai/nano") } },
    };

    private static TargetSet To(string target) => new() { Targets = { new TargetChoice { Target = target } } };

    private static PriceRow Row(string by, string model, string tier, long input) => new() { Provider = by, Model = model, Tier = tier, Currency = "USD", InputPerMillion = input * 1_000_000 };

    private static PlanRow Asked(string lane, string provider, string model) => Item(lane: lane) with { Provider = provider, Model = model, InputTokens = 1 };

    [Theory]
    [InlineData(400_000, 1_000_000, false)]
    [InlineData(400_001, 1_000_000, true)]
    [InlineData(10_000_000_000, 41, true)]
    public void An_item_that_costs_more_than_a_million_a_day_is_a_slip(long calls, long tokens, bool isSlip)
    {
        var item = Item() with { CallsPerDay = calls, InputTokens = tokens };
        var price = new PlanPrice(2_500.0 * tokens, "");

        Assert.Equal(isSlip, PlanCheck.CostProblem(item, price) is not null);
        Assert.Null(PlanCheck.CostProblem(item, new PlanPrice(null, "no price")));
    }

    [Fact]
    public void A_price_that_rose_beyond_reason_after_the_item_was_taken_leaves_the_sums_of_all_countable()
    {
        var dear = new PricedItem(Item(spread: 9_000_000) with { CallsPerDay = 10_000_000_000 }, 1e15, Priced(Item()).Progress);

        var planned = PlannedPaths.Of([dear, dear], June);

        Assert.True(planned.Path(0)[20] >= 0);
        Assert.All(Enumerable.Range(0, JointPaths.Paths), path => Assert.InRange(planned.Path(path)[20], 0, 2 * 10_000_000_000_000_000));
    }

    [Fact]
    public void Every_problem_of_an_item_is_said_at_once()
    {
        var problems = PlanCheck.Problems(
            new PlanItem { PlanId = "A b", TeamId = "team_x", StartsOn = "June", EndsOn = "2026-02-30", ProbabilityPpm = -1, Lane = "Fast" }, ["team_a"]).ToArray();

        Assert.Equal(
            ["plan_id", "name", "team_id", "lane", "model", "starts_on", "ends_on", "calls_per_day", "input_tokens", "probability_ppm"],
            problems.Select(problem => problem.Split(' ', ':')[0]));
        Assert.Empty(PlanCheck.Problems(Item().ToItem(), ["team_a"]));
    }
}
