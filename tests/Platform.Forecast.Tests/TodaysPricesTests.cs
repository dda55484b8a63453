using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Routing.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Planning;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;
using Platform.Forecast.Variances;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>What prices that changed, or are to change, make of a forecast.</summary>
public sealed class TodaysPricesTests
{
    private const int Days = 120;

    private static readonly double[] Week = [100, 120, 140, 120, 100, 20, 10];
    private static readonly HorizonCalendar Calendar = new(Utc, new DateOnly(2026, 6, 20));
    private static readonly DateTimeOffset Now = Utc.StartOf(Calendar.Today).AddHours(9);
    /// <summary>The policy serves the scheduled lane at the flex tier.</summary>
    private static readonly ScheduledRoute FlexLater = new(new RoutePolicy
    {
        Lanes = { new LanePolicy { Name = ScheduledRoute.Lane, Route = new TargetSet { Targets = { new TargetChoice { Target = "flex" } } } } },
        Targets = { new TargetPolicy { Name = "flex", Provider = "openai", Model = "gpt-4o", ServiceTier = "flex" } },
    });

    private static readonly SegmentKey Key = new("team_a", "chat", "");

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(14)]
    public void A_month_in_which_a_price_was_halved_ends_at_what_was_spent_and_the_rest_at_the_new_price(int daysAgo)
    {
        var month = MonthOf(Flat(Book(daysAgo), daysAgo));

        Assert.InRange(month.P50 / ((19 - daysAgo) * 100e9 + (daysAgo + 11) * 50e9), 0.95, 1.05);
        Assert.Equal((19 - daysAgo) * 100_000_000_000 + daysAgo * 50_000_000_000, month.ToDate);
    }

    [Fact]
    public void The_step_of_a_price_is_no_trend_and_no_shift()
    {
        var made = Ahead(Calendar, Flat(Book(14), 14)).Teams[0].Segments[0];

        Assert.InRange(made.Expected[HorizonCalendar.Pieces - 1] / (30 * 50e9), 0.95, 1.05);
        Assert.Equal(0, made.Forecast.PricePerToken.Slope, 6);
        Assert.Equal(50e9, made.Forecast.DailyNanos);
        Assert.Empty(made.Forecast.Outlook!.Findings);
    }

    [Fact]
    public void A_price_that_is_halved_from_next_month_on_is_in_the_months_from_then_on_and_told_as_price()
    {
        var series = Flat(Book(-11), -11);
        var forecast = Ahead(Calendar, series);
        var current = Now_(forecast);
        var growth = Growth.Of(current, forecast.Teams[0].Segments[0], PeriodSpan.Of(new DateOnly(2026, 7, 1), new DateOnly(2026, 8, 1), Calendar));

        Assert.Same(series.Days, series.AtTodaysPrices().Days);
        Assert.InRange(MonthOf(forecast, new DateOnly(2026, 6, 1)).P50 / 3000e9, 0.98, 1.02);
        Assert.InRange(MonthOf(forecast, new DateOnly(2026, 7, 1)).P50 / (31 * 50e9), 0.95, 1.05);
        Assert.InRange(MonthOf(forecast, new DateOnly(2027, 6, 1)).P50 / (30 * 50e9), 0.9, 1.1);
        Assert.InRange(growth.PriceNanos / (-31 * 50e9), 0.95, 1.05);
        Assert.Equal(31 * 100_000_000_000, growth.LevelNanos);
    }

    [Fact]
    public void A_price_that_begins_within_a_day_has_its_part_of_that_day()
    {
        // Halved at noon of the eighteenth; as before from this evening on, when nine of the fifteen hours that are left are over.
        PriceVersions book = new([Row(1, 1, null, At(18, 12)), Row(2, 0.5, At(18, 12), At(20, 18)), Row(3, 1, At(20, 18), null)], ModelNames.None, ScheduledRoute.Unknown);
        var series = Spent(_ => 100, book, day => day == new DateOnly(2026, 6, 18) ? 0.75 : day == new DateOnly(2026, 6, 19) ? 0.5 : 1);

        Assert.All(series.AtTodaysPrices().Days, day => Assert.Equal(50e9, day.CostNanos, 1e3));
        Assert.Equal([0.6 + (0.4 * 2), 2.0], series.Prices!.Ahead!.Take(2), (one, other) => Math.Abs(one - other) < 1e-9);
        Assert.Equal([0.5, 2], series.Prices.Steps.Select(step => step.Ratio));
    }

    [Fact]
    public void A_weekly_shape_is_kept_across_a_price_that_doubled()
    {
        PriceVersions book = new([Row(1, 1, null, At(15)), Row(2, 2, At(15), null)], ModelNames.None, ScheduledRoute.Unknown);
        var series = Spent(day => Week[day % 7], book, day => day >= new DateOnly(2026, 6, 15) ? 2 : 1);
        var spent = series.Sum(Calendar.Month, Calendar.Today).CostNanos;

        Assert.InRange(MonthOf(series).P50 / (spent + Enumerable.Range(Days, 11).Sum(day => 2e9 * Week[day % 7])), 0.97, 1.03);
    }

    [Fact]
    public void Of_a_segment_with_two_models_the_one_whose_price_changes_moves_by_its_own_weight()
    {
        // A quarter of spend was of the model that is dearer by half since the fifteenth.
        PriceVersions book = new([Row(1, 1, null, At(15)), Row(2, 1.5, At(15), At(30)), Row(3, 3, At(30), null)], ModelNames.None, ScheduledRoute.Unknown);
        var days = Enumerable.Range(0, Days).Select(day => Priced(100, day >= Days - 5 ? 1.125 : 1)).ToArray();
        var usage = Enumerable.Range(0, Days).Select(day => new RouteUsage(day, "openai", "gpt-4o", Priced(25, day >= Days - 5 ? 1.5 : 1))).ToList();
        var series = Repriced(new SegmentSeries(Key, Calendar.Today.AddDays(-Days), days), book, usage);

        Assert.All(series.AtTodaysPrices().Days, day => Assert.Equal(112.5e9, day.CostNanos, 1e3));
        Assert.Equal(1 + (37.5 / 112.5), series.Prices!.Ahead![10], 9);
        Assert.Equal(1, series.Prices.Ahead[9]);
    }

    [Theory]
    [InlineData(2.0, 1)]
    [InlineData(0.5, 1)]
    [InlineData(2.0, 14)]
    [InlineData(2.0, -11)]
    [InlineData(0.5, -11)]
    [InlineData(0.0, -11)]
    public void A_price_moves_the_budgets_and_wallets_of_its_model_and_no_others(double ratio, int daysAgo)
    {
        // Fifty a day of each of two models, one of which costs so much more or less since so many days; a user each, with a wallet each.
        var (series, spent) = TwoModels(ratio, daysAgo);
        var current = Now_(Ahead(Calendar, series));
        var (from, prices) = (Math.Max(0, -daysAgo), SharePrices.Of([series])!);
        Dictionary<DateOnly, long> others = spent.ToDictionary(day => day.Key, _ => 50_000_000_000L);
        var (changing, steady) = (new BudgetScope { TeamId = "team_a", Model = "gpt-4o" }, new BudgetScope { TeamId = "team_a", Model = "o3" });
        ScopeShare ofChanging = ScopeShare.Of([series], spent, prices.Booked(changing)), ofSteady = ScopeShare.Of([series], others, prices.Booked(steady));
        SharedWallet[] wallets =
        [
            new(new WalletView { WalletId = "ada", UserId = "ada" }, ScopeShare.Of([series], spent, prices.Booked(changing))),
            new(new WalletView { WalletId = "bob", UserId = "bob" }, ScopeShare.Of([series], others, [])),
        ];
        var team = ScopePaths.Of(new BudgetScope { TeamId = "team_a" }, Layered(current, ""), current, 60, null);
        var paid = WalletPaths.Part(team, WalletPaths.Cumulate(60, wallets)).ToArray();

        Assert.InRange(Mean(Budget(changing, ofChanging)), (50 * ratio * 0.95) - 0.5, (50 * ratio * 1.05) + 0.5);
        Assert.InRange(Mean(Budget(steady, ofSteady)), 47.5, 52.5);
        Assert.InRange(Mean(paid[0]), (50 * ratio * 0.95) - 0.5, (50 * ratio * 1.05) + 0.5);
        Assert.InRange(Mean(paid[1]), 47.5, 52.5);
        Assert.Equal(team.Sum(), paid.Sum(part => part.Sum()));

        long[] Budget(BudgetScope scope, ScopeShare share) => ScopePaths.Of(scope, Layered(current, ""), current, 60, share.Draw(60, "b"));

        // Of days from then on, in dollars.
        double Mean(long[] paths) => Enumerable.Range(0, JointPaths.Paths).Average(path => paths.Skip((path * 60) + from).Take(60 - from).Average(nanos => nanos / 1e9));
    }

    [Fact]
    public void A_scope_that_is_all_of_its_segments_stays_their_forecast_whatever_prices_do()
    {
        var (series, _) = TwoModels(2, -11);
        var current = Now_(Ahead(Calendar, series));
        var (scope, prices) = (new BudgetScope { TeamId = "team_a", UserId = "ada" }, SharePrices.Of([series])!);
        var all = Enumerable.Range(0, Days).ToDictionary(series.FirstDay.AddDays, day => series.Days[day].CostNanos);
        long[] Paths(ScopeShare? share) => ScopePaths.Of(share is null ? new BudgetScope { TeamId = "team_a" } : scope, Layered(current, ""), current, 60, share?.Draw(60, "b"));

        Assert.Equal(Paths(null), Paths(ScopeShare.Of([series], all, prices.Booked(new BudgetScope()))));

        // Whose models are not known is as its segments are, and says so.
        var unknown = ScopeShare.Of([series], all);
        Assert.Equal(Paths(null), Paths(unknown));
        Assert.Contains("its tag's calls", BudgetOutlooks.NoteOf(new BudgetScope { TagKey = "use" }, Layered(current, ""), unknown), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_wallet_has_what_it_would_have_paid_of_a_model_and_the_teams_own_the_rest()
    {
        var (series, _) = TwoModels(2, 1);
        var day = Calendar.Today.AddDays(-1);
        WalletView[] wallets = [new() { WalletId = "wal_ada", UserId = "ada" }, new() { WalletId = "wal_bot", ApplicationId = "bot" }, new() { WalletId = "wal_team" }];
        var changed = WalletShares.Changed(wallets, SharePrices.Of([series])!, [new CallerDay("ada", "bot", day, 10, ("openai", "gpt-4o"))], [new CallerDay("", "bot", day, 25, ("openai", "gpt-4o"))]);

        Assert.Equal([10, 15, 99_999_999_975], wallets.Select(wallet => changed[wallet.WalletId].Where(cost => cost.Day == day).Sum(cost => cost.Nanos)));
    }

    [Theory]
    [InlineData(0.1, 55)]
    [InlineData(0.0, 50)]
    public void A_price_what_if_against_a_later_version_knows_what_the_other_models_of_the_segment_cost(double ratio, double dollars)
    {
        // Fifty a day of each of two models; the book cuts the price of one from July on, and the scenario keeps it as it is today.
        var (series, _) = TwoModels(ratio, -11);
        var current = Now_(Ahead(Calendar, series) with { Prices = new PricesNow(BookOf(ratio, -11), Now) });
        var known = WhatIfCase.Of(current, ("openai", "gpt-4o", 0.5), ("openai", "o3", 0.5)) with { Prices = [Row(1, 1, null, null), Row(2, 1, null, null, model: "o3")] };
        double July(params string[] lines)
        {
            var scenario = known.Make(lines);
            return (scenario.Official.Of(PeriodSpan.Of(new DateOnly(2026, 7, 1), new DateOnly(2026, 8, 1), Calendar)).Total.Expected + scenario.Differences.ExpectedCost[2]) / 31e9;
        }

        Assert.InRange(July("price model=o3 change=+0%") / dollars, 0.95, 1.05);
        Assert.InRange(July("price model=gpt-4o input=5 output=30"), 95, 105);
        Assert.InRange(July("price model=o3 input=2.5 output=15") / (dollars - 25), 0.95, 1.05);
        Assert.InRange(July("price model=o3 change=-50%") / (dollars - 25), 0.95, 1.05);
        Assert.InRange(July("route model=o3 to=openai/gpt-4o"), (95 * ratio) - 0.5, (105 * ratio) + 0.5);
        Assert.Equal(new LayerPaths().ExpectedCost, known.Make("price model=o3 change=+0%", "price model=gpt-4o change=+0%").Differences.ExpectedCost);
    }

    [Fact]
    public void A_segment_that_is_to_be_free_stays_so_whatever_rates_are_said()
    {
        var series = Spent(_ => 100, BookOf(0, -11), _ => 1);
        var current = Now_(Ahead(Calendar, series) with { Prices = new PricesNow(BookOf(0, -11), Now) });
        var known = WhatIfCase.Of(current, ("openai", "gpt-4o", 1.0)) with { Prices = [Row(1, 1, null, null)] };

        Assert.All(known.Make("price model=gpt-4o input=2 output=12").Differences.ExpectedCost.Skip(2), nanos => Assert.Equal(0, nanos));
        Assert.Contains(known.Answer("price model=gpt-4o input=2 output=12").Changes[0].RestsOn, sentence => sentence.Contains("is to be free by the price book", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0.5, 5)]
    [InlineData(2.0, 5)]
    [InlineData(2.0, -11)]
    [InlineData(0.5, -11)]
    public void A_price_is_no_more_and_no_fewer_calls_for_a_limit(double ratio, int daysAgo)
    {
        // Ten calls a minute at a cent each, and the price changes.
        var begins = Calendar.Today.AddDays(-daysAgo);
        double Cents(DateOnly day) => day >= begins ? ratio : 1;
        double Held(SegmentSeries series, Func<DateOnly, double> cents)
        {
            var known = WhatIfCase.Of(Now_(Ahead(Calendar, series)), ("openai", "gpt-4o", 1.0)) with
            {
                Prices = [Row(1, 1, null, null)],
                Loads = [.. Enumerable.Range(0, LimitEffect.Days * 96).Select(quarter =>
                    new QuarterLoad(quarter / 96, 150, 150_000, (long)(150 * 10_000_000 * cents(Calendar.Today.AddDays((quarter / 96) - LimitEffect.Days)))))],
            };
            var scenario = known.Make("limit requests=12");
            return -scenario.Differences.ExpectedCost[2] / (double)scenario.Official.Of(PeriodSpan.Of(new DateOnly(2026, 7, 1), new DateOnly(2026, 8, 1), Calendar)).Total.Expected;
        }

        var steady = Held(Spent(_ => 144, BookOf(1, 5), _ => 1), _ => 1);
        Assert.InRange(steady, 0.03, 0.08);
        Assert.InRange(Held(Spent(_ => 144, BookOf(ratio, daysAgo), Cents), Cents) / steady, 0.9, 1.1);
    }

    [Fact]
    public void Each_lane_follows_the_tier_that_it_is_priced_by()
    {
        // Flex stays as it is.
        PriceVersions book = new([Row(1, 1, null, At(15)), Row(2, 0.5, At(15), null), Row(3, 0.5, null, null, "flex")], ModelNames.None, FlexLater);
        var (interactive, scheduled) = (Flat(book, 5), Spent(_ => 100, book, _ => 0.5, Key with { Lane = ScheduledRoute.Lane }));

        Assert.All(interactive.AtTodaysPrices().Days, day => Assert.Equal(50e9, day.CostNanos));
        Assert.All(scheduled.AtTodaysPrices().Days, day => Assert.Equal(50e9, day.CostNanos));
        Assert.Null(scheduled.Prices);
    }

    [Fact]
    public void Another_name_of_a_model_has_its_price_until_it_has_its_own()
    {
        var names = new ModelNames([new PriceAlias { Provider = "openai", Alias = "gpt-4o-2024-08-06", Model = "gpt-4o" }]);
        PriceVersions book = new([Row(1, 1, null, At(15)), Row(2, 0.5, At(15), null), Row(3, 0.1, At(18), null, model: "gpt-4o-2024-08-06")], names, ScheduledRoute.Unknown);
        var series = Spent(_ => 100, book, day => day >= new DateOnly(2026, 6, 18) ? 0.1 : day >= new DateOnly(2026, 6, 15) ? 0.5 : 1, model: "gpt-4o-2024-08-06");

        Assert.Equal([("openai", "gpt-4o"), ("openai", "gpt-4o-2024-08-06")], book.Changed);
        Assert.All(series.AtTodaysPrices().Days, day => Assert.Equal(10e9, day.CostNanos, 1e3));
    }

    [Fact]
    public void What_was_saved_and_what_was_refused_are_at_the_prices_of_today_too()
    {
        // Served by a model at a quarter of the default's price, which is halved. What the default would have cost stays.
        SegmentDay Routed(double ratio) => Priced(100, ratio) with
        {
            Compared = new ComparedCosts(0, 0, (long)(100e9 * ratio), 400_000_000_000, 0, 0, 0, 0), DeniedCalls = 1, DeniedNanos = (long)(10e9 * ratio),
        };
        var days = Enumerable.Range(0, Days).Select(day => Routed(day >= Days - 5 ? 0.5 : 1)).ToArray();
        var series = Repriced(new SegmentSeries(Key, Calendar.Today.AddDays(-Days), days), Book(5), [.. days.Select((usage, day) => new RouteUsage(day, "openai", "gpt-4o", usage))]);

        Assert.All(series.AtTodaysPrices().Days, day => Assert.Equal(days[^1], day));
        Assert.All(TodaysRouting.Costs(series), cost => Assert.Equal(50e9, cost, 1.0));
    }

    [Fact]
    public void What_the_level_of_a_month_is_held_against_is_at_the_prices_of_today_too()
    {
        // Halved for a quarter of the four weeks.
        var (cell, days) = (new CellKey("team_a", "chat", "", "openai", "gpt-4o"), new DaySpan(Calendar.Today.AddDays(-28), Calendar.Today));
        var usage = new CellUsage(28 * 10_000, 28 * 8_000_000, 28 * 2_000_000, 2_450_000_000_000, 0, 0);
        var level = new PeriodFigures(28, new Dictionary<CellKey, CellUsage> { [cell] = usage }, [new WastedSpend(Driver.Failed, cell, 1, 1, 1, 24_500_000_000)], [], new Dictionary<SegmentKey, long>());
        var priced = ExpectedFigures.AtTodaysPrices(level, days, Utc, new PricesNow(Book(7), Now));

        Assert.Equal(usage with { CostNanos = 1_400_000_000_000 }, priced.Cells[cell]);
        Assert.Equal(14_000_000_000, priced.Waste[0].Nanos);
        Assert.Same(level, ExpectedFigures.AtTodaysPrices(level, days, Utc, PricesNow.None));
    }

    [Fact]
    public void A_launch_that_came_as_planned_is_all_planned_before_a_price_was_halved_and_after()
    {
        // Ten dollars a day on top of twenty since forty days, which cost half since ten.
        var series = Spent(day => day >= Days - 40 ? 30 : 20, Book(10), day => day >= Calendar.Today.AddDays(-10) ? 0.5 : 1);
        var item = new PlanRow("p", "p", "team_a", "", "", "openai", "gpt-4o", Calendar.Today.AddDays(-40), 0, 1_000, 800, 200, PlanRow.Certain, 0, null, "", "", true, default, "");
        double Brought(int from, int to) => PlannedSpends.Booked(
            [(item, 5_000_000)], [series.AtTodaysPrices()], series.FirstDay, new DaySpan(Calendar.Today.AddDays(from), Calendar.Today.AddDays(to)), new PricesNow(Book(10), Now), Utc).Sum(part => part.Nanos) / 1e9;

        Assert.Equal(280, Brought(-40, -12), 1e-6);
        Assert.Equal(50, Brought(-10, 0), 1e-6);
        Assert.Equal(150, Brought(-20, 0), 1e-6);
    }

    [Fact]
    public void Layers_add_up_to_the_nano()
    {
        var layered = Layered(Now_(Ahead(Calendar, Flat(Book(5), 5), Spent(_ => 30, Book(-11), _ => 1, Key with { Workload = "batch" }))), "");
        foreach (var month in layered.Months())
        {
            Assert.Equal(month.Total.Expected, month.Baseline.Expected + month.Control.Expected + month.Planned.Expected + month.Resilience.Expected);
            Assert.Equal(month.Total.Expected, month.Growth.ExpectedNanos);
        }
    }

    [Fact]
    public void People_are_told_of_each_price_what_it_does_to_the_forecast()
    {
        SegmentSeries[] series = [Flat(Book(5), 5), Spent(_ => 30, Book(-11), _ => 1, Key with { Workload = "batch" })];
        Assert.Equal(
            [
                "By the price book openai/gpt-4o costs 50 % less since 2026-06-15: days before count as they would have cost at the price of today.",
                "By the price book openai/gpt-4o is to cost 50 % less from 2026-07-01 on: days from then on count at that price.",
            ],
            PriceSentences.Of(series, Now));
        Assert.Equal(
            "The Metering service, which has the price book, does not answer: the past counts as it was paid, and no price that is to change is in the days ahead.",
            PriceSentences.Of(Ahead(Calendar, series[0] with { Prices = null }).Teams, new PricesNow(PriceVersions.Unknown, Now)).Single());
    }

    [Fact]
    public async Task Segments_stay_in_their_order_in_whichever_their_routes_are_read()
    {
        SegmentSeries Bare(string workload) => Flat(Book(5), 5) with { Key = Key with { Workload = workload }, Prices = null };
        var (a, b, c) = (Bare("A"), Bare("b"), Bare("C"));
        (SegmentKey, List<RouteUsage>) Routes(SegmentSeries series) => (series.Key, [.. series.Days.Select((usage, day) => new RouteUsage(day, "openai", "gpt-4o", usage))]);
        var read = new[] { Routes(c), Routes(Bare("other")), Routes(a) }.ToAsyncEnumerable();
        var priced = await TodaysPrices.OfAsync([a, b, c], read, new PricesNow(Book(5), Now), Calendar, Days, TestContext.Current.CancellationToken);

        Assert.Equal([a.Key, b.Key, c.Key], priced.Select(segment => segment.Key));
        Assert.Same(b, priced[1]);
        Assert.All([priced[0], priced[2]], segment => Assert.All(segment.AtTodaysPrices().Days, day => Assert.Equal(50e9, day.CostNanos)));
    }

    [Fact]
    public void What_nothing_is_known_of_stays_as_it_is()
    {
        PriceVersions one = new([Row(1, 1, null, null)], ModelNames.None, ScheduledRoute.Unknown);
        var bare = Flat(Book(5), 5) with { Prices = null };

        // A tier that gets a price beside one that has it; a price in a region.
        PriceVersions tiers = new([Row(1, 1, null, null), Row(2, 0.5, At(15), null, "flex"), new PriceRow(Row(3, 0.1, At(15), null)) { Region = "eu" }], ModelNames.None, FlexLater);
        Assert.Empty(tiers.Changed);
        Assert.Equal("", one.Digest);
        Assert.Empty(one.Changed);
        Assert.Same(bare, Repriced(bare, one, [new RouteUsage(3, "openai", "gpt-4o", bare.Days[3])]));
        Assert.Same(bare, Repriced(bare, Book(5), [new RouteUsage(3, "openai", "o3", bare.Days[3])]));
        Assert.Same(bare, Repriced(bare, Book(5), [new RouteUsage(3, "openai", "gpt-4o", new SegmentDay(-5, 0, 0, -10, 0))]));
        Assert.Equal(new PricesNow(Book(5), Now).Key, new PricesNow(Book(5), Now.AddDays(3)).Key);
        Assert.NotEqual(new PricesNow(Book(-11), Now).Key, new PricesNow(Book(-11), Now.AddDays(30)).Key);
    }

    /// <summary>The model's price is halved so many days before today.</summary>
    internal static PriceVersions Book(int daysAgo) => BookOf(0.5, daysAgo);

    /// <summary>The model's price is so many times the one before since so many days before today.</summary>
    private static PriceVersions BookOf(double ratio, int daysAgo)
    {
        var begins = Utc.StartOf(Calendar.Today.AddDays(-daysAgo));
        return new PriceVersions([Row(1, 1, null, begins), Row(2, ratio, begins, null)], ModelNames.None, ScheduledRoute.Unknown);
    }

    /// <summary>A price at which a thousand tokens of <see cref="Company.Day"/> cost so many cents.</summary>
    internal static PriceRow Row(long id, double cents, DateTimeOffset? from, DateTimeOffset? to, string tier = "", string model = "gpt-4o") => new()
    {
        PriceId = id, Provider = "openai", Model = model, Tier = tier, Currency = "USD", InputPerMillion = (long)(5e9 * cents), OutputPerMillion = (long)(30e9 * cents),
        EffectiveFrom = from?.ToTimestampUtc(), EffectiveTo = to?.ToTimestampUtc(),
    };

    private static SegmentSeries Flat(PriceVersions book, int halvedDaysAgo) => Spent(_ => 100, book, day => day >= Calendar.Today.AddDays(-halvedDaysAgo) ? 0.5 : 1);

    /// <param name="dollars">What a day's calls would cost at a cent each.</param>
    /// <param name="cents">What each did cost.</param>
    private static SegmentSeries Spent(Func<int, double> dollars, PriceVersions book, Func<DateOnly, double> cents, SegmentKey? key = null, string model = "gpt-4o")
    {
        var first = Calendar.Today.AddDays(-Days);
        SegmentDay[] days = [.. Enumerable.Range(0, Days).Select(day => Priced(dollars(day), cents(first.AddDays(day))))];
        return Repriced(new SegmentSeries(key ?? Key, first, days), book, [.. days.Select((usage, day) => new RouteUsage(day, "openai", model, usage))]);
    }

    /// <summary>Fifty dollars a day of each of two models, the one so many times dearer since so many days.</summary>
    /// <returns>And what that one cost, by day.</returns>
    private static (SegmentSeries Series, Dictionary<DateOnly, long> Changing) TwoModels(double ratio, int daysAgo)
    {
        var (first, begins) = (Calendar.Today.AddDays(-Days), Calendar.Today.AddDays(-daysAgo));
        SegmentDay[] own = [.. Enumerable.Range(0, Days).Select(day => Priced(50, first.AddDays(day) >= begins ? ratio : 1))];
        var series = new SegmentSeries(Key, first, [.. own.Select(day => day + Priced(50, 1))]);
        return (Repriced(series, BookOf(ratio, daysAgo), [.. own.Select((usage, day) => new RouteUsage(day, "openai", "gpt-4o", usage))]), own.Index().ToDictionary(day => first.AddDays(day.Index), day => day.Item.CostNanos));
    }

    private static SegmentDay Priced(double dollars, double cents) => Day(dollars) with { CostNanos = (long)(dollars * cents * 1e9) };

    private static SegmentSeries Repriced(SegmentSeries series, PriceVersions book, List<RouteUsage> usage) =>
        TodaysPrices.Of(series, usage, new PricesNow(book, Now), Calendar, TodaysPrices.StartsOf(Calendar, Days));

    private static CurrentForecast Now_(OrganisationForecast forecast) => Company.Now(forecast, hour: 0);

    private static LayerFigure MonthOf(SegmentSeries series) => MonthOf(Ahead(Calendar, series), Calendar.Month);

    private static LayerFigure MonthOf(OrganisationForecast forecast, DateOnly month) =>
        Layered(Now_(forecast), "").Of(PeriodSpan.Of(month, month.AddMonths(1), Calendar)).Total;

    private static DateTimeOffset At(int day, int hour = 0) => new(2026, 6, day, hour, 0, 0, TimeSpan.Zero);
}
