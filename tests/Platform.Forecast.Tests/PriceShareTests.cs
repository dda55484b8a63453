using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;
using static Platform.Forecast.Tests.PricedCase;

namespace Platform.Forecast.Tests;

/// <summary>What prices that changed, or are to change, make of parts of segments: budgets, wallets and what scenarios change.</summary>
public sealed class PriceShareTests
{
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
        var current = Now_(Ahead(Calendar, series) with { Prices = new PricesNow(BookOf(ratio, -11), AsOf) });
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
        var current = Now_(Ahead(Calendar, series) with { Prices = new PricesNow(BookOf(0, -11), AsOf) });
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
}
