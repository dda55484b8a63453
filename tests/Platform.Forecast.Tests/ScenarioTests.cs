using CsCheck;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Scenarios;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;
using static Platform.Forecast.Tests.ScenarioCase;

namespace Platform.Forecast.Tests;

public sealed class ScenarioTests
{
    private static readonly string[] All =
    [
        "price provider=openai model=gpt-4o change=+10% starts=2026-06-20", "route model=gpt-4o to=openai/gpt-4o-mini share=30%", "route team=team_a to=mistral/large share=20% ends=2026-12-15",
        "lane workload=batch to=scheduled share=50%", "lane team=team_a model=gpt-4o to=economy at=mistral/large", "lift what=routing starts=2026-07-10", "lift team=team_b",
        "outage provider=openai hours=30", "outage provider=openai hours=5 at=peak day=2026-06-12 fallback=+60% falls_back=80%", "limit team=team_a requests=3", "limit tokens=9000",
        "plan id=launch calls_per_day=+50%", "plan id=launch starts=2026-06-15", "plan id=other team=team_b model=gpt-4o-mini starts=2026-07-01 calls_per_day=500 input_tokens=900",
        "price model=gpt-4o-mini input=0.5 output=3",
    ];

    private static LayerFigures Difference(ScenarioAnswer answer, PeriodKind kind, Layer layer) => answer.Periods.Single(period => period.Kind == kind).Differences.Single(figures => figures.Layer == layer);

    [Fact]
    public void Months_of_a_scenario_are_this_one_and_those_that_the_twelve_add_up_from()
    {
        var answer = Case.Answer("route model=gpt-4o to=openai/gpt-4o-mini share=30%");

        Assert.Equal(13, answer.Months.Count);
        var (month, twelve) = (answer.Periods.Single(period => period.Kind == PeriodKind.Month), answer.Periods.Single(period => period.Kind == PeriodKind.TwelveMonths));
        Assert.Equal((month.PeriodStart, month.PeriodEnd), (answer.Months[0].PeriodStart, answer.Months[0].PeriodEnd));
        Assert.Equal(month.Layers, answer.Months[0].Layers);
        Assert.Equal(month.Differences, answer.Months[0].Differences);
        foreach (var (place, layer) in twelve.Differences.Index())
        {
            Assert.Equal(layer.ExpectedNanos, answer.Months.Skip(1).Sum(one => one.Differences[place].ExpectedNanos));
        }
    }

    [Theory]
    [InlineData("route model=gpt-4o to=openai/gpt-4o-mini share=0%")]
    [InlineData("price provider=openai change=+0%")]
    [InlineData("price provider=nobody change=+50%")]
    [InlineData("plan id=launch calls_per_day=+0%")]
    [InlineData("lane team=team_b to=scheduled share=0%")]
    [InlineData("limit requests=1000000")]
    [InlineData("outage provider=openai hours=6 fallback=+0%")]
    public void What_changes_nothing_makes_no_difference_to_the_nano(string line)
    {
        var scenario = (Case with { Loads = Steady(30) }).Make(line);
        var empty = new LayerPaths();

        for (var path = 0; path < JointPaths.Paths; path++)
        {
            for (var piece = 0; piece < HorizonCalendar.Pieces; piece++)
            {
                Assert.Equal((0L, 0L, 0L, 0L), (scenario.Differences.Cost(path, piece), scenario.Differences.Control(path, piece), scenario.Differences.Resilience(path, piece), scenario.Differences.Planned(path, piece)));
            }
        }

        Assert.Equal(scenario.Official.Periods().Select(period => period.Layers with { Growth = default }), scenario.Official.Periods().Select(period => scenario.Official.Of(period.Layers.Span, scenario.Layers) with { Growth = default }));
        Assert.Equal(empty.ExpectedCost, scenario.Differences.ExpectedCost);
    }

    /// <summary>A difference of nothing would read as what the change comes to.</summary>
    [Theory]
    [InlineData("route model=gpt4o to=openai/gpt-4o-mini", "model gpt4o")]
    [InlineData("price provider=nobody team=team_a change=+50%", "team team_a, provider nobody")]
    [InlineData("lane workload=nope to=scheduled", "workload nope")]
    [InlineData("lift workload=nope", "workload nope")]
    [InlineData("outage provider=nobody hours=6 at=peak", "provider nobody")]
    [InlineData("route model=gpt-4o to=openai/gpt-4o-mini", null)]
    [InlineData("lane team=team_a to=nowhere", null)]
    [InlineData("lift", null)]
    [InlineData("plan id=launch drop=yes", null)]
    public void A_change_of_calls_that_there_are_none_of_says_so(string line, string? named)
    {
        var restsOn = Case.Answer(line).Changes.Single().RestsOn;

        string? sentence = named is null ? null : $"Nothing is touched: no call of the last four weeks and no plan item is of {named}. kt spend --by team,workload,lane,provider,model shows the names that calls have.";
        Assert.Equal(sentence, restsOn.SingleOrDefault(sentence => sentence.StartsWith("Nothing is touched", StringComparison.Ordinal)));
        Assert.Equal(named is not null, restsOn.SequenceEqual([sentence]));
    }

    [Fact]
    public void A_price_that_rises_by_a_tenth_raises_what_it_touches_by_a_tenth_in_every_path()
    {
        var one = WhatIfCase.Of(Now3, ("openai", "gpt-4o", 1.0));
        var scenario = one.Make("price provider=openai model=gpt-4o change=+10%");

        for (var path = 0; path < JointPaths.Paths; path++)
        {
            for (var piece = 0; piece < HorizonCalendar.Pieces; piece++)
            {
                // Rounded once for each of three segments.
                Assert.InRange(scenario.Differences.Cost(path, piece) * 10 - scenario.Official.Sum.Cost(path, piece), -15, 15);
            }
        }

        var touched = Case.Answer("price model=gpt-4o change=+10%").Changes[0].Periods[1];
        Assert.InRange(touched.Difference.ExpectedNanos * 10 - touched.TouchedNanos, -100, 100);
        Assert.Equal(0.7, touched.TouchedNanos / (double)(Difference(one.Answer("price model=gpt-4o change=+100%"), PeriodKind.NextMonth, Layer.Total).ExpectedNanos + PlannedNextMonth()), 1);

        double PlannedNextMonth() => Case.Make("price model=none change=+10%").Official.Of(PeriodSpan.Of(PeriodKind.NextMonth, June)).Planned.Expected;
    }

    [Fact]
    public void Layers_and_changes_add_up_to_the_nano_whatever_is_changed()
    {
        Gen.Int[0, All.Length - 1].Array[1, 6].Sample(
            picked =>
            {
                var lines = picked.Distinct().Select(place => All[place]).ToArray();
                var test = Case with { Loads = Steady(40) };
                var scenario = test.Make(lines);
                var answer = test.Answer(lines);
                foreach (var period in answer.Periods)
                {
                    Assert.Equal(period.Layers[4].ExpectedNanos, period.Layers.Take(4).Sum(layer => layer.ExpectedNanos));
                    Assert.Equal(period.Differences[4].ExpectedNanos, period.Differences.Take(4).Sum(layer => layer.ExpectedNanos));
                    Assert.Equal(period.Differences[4].ExpectedNanos, answer.Changes.Sum(change => change.Periods.Single(of => of.Kind == period.Kind).Difference.ExpectedNanos));
                    var official = scenario.Official.Of(PeriodSpan.Of(period.Kind, June));
                    Assert.Equal(official.Total.Expected + period.Differences[4].ExpectedNanos, period.Layers[4].ExpectedNanos);
                    Assert.True(period.Layers[4].P10Nanos >= period.Layers[4].ToDateNanos);
                }

                Assert.Equal(answer.Periods[1].Differences[4].ExpectedNanos, answer.Teams.Sum(team => team.Periods[1].Difference.ExpectedNanos));
                DaysAddUp(scenario);
            },
            iter: 12, threads: 1);
    }

    private static void DaysAddUp(ScenarioForecast scenario)
    {
        var (days, pieces) = (new long[JointPaths.Paths * June.Days], June.PiecesOfDays());
        foreach (var team in scenario.Teams)
        {
            team.AddDays(days);
        }

        for (var path = 0; path < JointPaths.Paths; path++)
        {
            var sums = new long[HorizonCalendar.Pieces];
            for (var day = 0; day < June.Days; day++)
            {
                sums[pieces[day]] += days[path * June.Days + day];
            }

            for (var piece = 0; piece < sums.Length; piece++)
            {
                Assert.Equal(scenario.Differences.Cost(path, piece) + scenario.Differences.Planned(path, piece), sums[piece]);
                Assert.True(scenario.Layers.Cost(path, piece) >= 0 && scenario.Layers.Planned(path, piece) >= 0);
            }
        }
    }

    [Fact]
    public void Shares_of_calls_compose()
    {
        var (twice, once) = (
            Case.Answer("route model=gpt-4o to=openai/gpt-4o-mini share=30%", "route model=gpt-4o to=openai/gpt-4o-mini share=50%"),
            Case.Answer("route model=gpt-4o to=openai/gpt-4o-mini share=65%"));
        var after = Case.Answer("route model=gpt-4o to=openai/gpt-4o-mini share=65%", "price model=gpt-4o-mini change=+100%");

        Assert.InRange(Difference(twice, PeriodKind.NextMonth, Layer.Total).ExpectedNanos - Difference(once, PeriodKind.NextMonth, Layer.Total).ExpectedNanos, -10, 10);

        // What was moved costs a tenth there, and then twice that.
        var saved = -once.Changes[0].Periods[1].Difference.ExpectedNanos;
        var small = Case.Answer("price model=gpt-4o-mini change=+100%").Changes[0].Periods[1].Difference.ExpectedNanos;
        Assert.Equal(saved / 9.0, after.Changes[1].Periods[1].Difference.ExpectedNanos - small, saved * 1e-6);
    }

    /// <summary>A price is that of all calls that run there, whether it was written before they came or after; what comes from a route leaves that one's price behind.</summary>
    [Theory]
    [InlineData("price model=gpt-4o-mini change=+50%")]
    [InlineData("price model=gpt-4o-mini input=0.6 output=0.9")]
    [InlineData("price model=gpt-4o change=+50%")]
    [InlineData("price model=gpt-4o change=-100%")]
    [InlineData("price provider=openai change=+50%")]
    public void A_price_and_a_route_make_the_same_of_calls_in_either_order(string price)
    {
        const string route = "route model=gpt-4o to=openai/gpt-4o-mini share=60%";
        var (before, after) = (Case.Answer(price, route), Case.Answer(route, price));
        foreach (var (one, other) in before.Periods.Zip(after.Periods))
        {
            Assert.InRange(one.Differences[4].ExpectedNanos - other.Differences[4].ExpectedNanos, -20, 20);
        }
    }

    [Fact]
    public void Calls_fall_back_at_what_changes_before_made_of_the_price_there_and_leave_that_of_their_own_behind()
    {
        const string outage = "outage provider=openai model=gpt-4o hours=24 fallback=openai/gpt-4o-mini day=2026-06-20";
        long Cost(string price) => Case.Answer(price, outage).Changes[1].Periods[0].Difference.ExpectedNanos;
        long Touched(string price) => Case.Answer(price, outage).Changes[1].Periods[0].TouchedNanos;

        // Of a day's spend a tenth comes back as the price there; each figure is rounded by segments.
        var (plain, there, here) = (Cost("price model=none change=+1%"), Cost("price model=gpt-4o-mini change=+50%"), Cost("price model=gpt-4o change=+50%"));
        var day = Touched("price model=none change=+1%");
        Assert.Equal(-0.9, plain / (double)day, 1e-6);
        Assert.Equal(-0.85, there / (double)day, 1e-6);
        Assert.Equal(-1.4, here / (double)day, 1e-6);
    }

    [Fact]
    public void A_difference_is_surer_than_what_it_is_of()
    {
        var period = Case.Answer("price provider=openai change=+10%").Periods[1];
        var (band, difference) = (period.Layers[4].P90Nanos - period.Layers[4].P10Nanos, period.Differences[4].P90Nanos - period.Differences[4].P10Nanos);

        Assert.Equal(0.1 / 1.1, difference / (double)band, 0.005);
    }

    [Fact]
    public void What_begins_on_a_day_changes_nothing_before_it()
    {
        var from = Case.Answer("price provider=openai change=+10% starts=2026-07-01");
        var (whole, part) = (Case.Answer("price provider=openai change=+10%"), Case.Answer("price provider=openai change=+10% starts=2026-07-17 ends=2026-09-01"));

        Assert.Equal((0, 0), (Difference(from, PeriodKind.Month, Layer.Total).P10Nanos, Difference(from, PeriodKind.Month, Layer.Total).P90Nanos));
        Assert.Equal(Difference(whole, PeriodKind.NextMonth, Layer.Total), Difference(from, PeriodKind.NextMonth, Layer.Total));
        Assert.Equal(15.0 / 31, Difference(part, PeriodKind.NextMonth, Layer.Total).ExpectedNanos / (double)Difference(whole, PeriodKind.NextMonth, Layer.Total).ExpectedNanos, 0.08);
    }

    [Fact]
    public void Controls_that_are_lifted_bring_the_defaults_cost_back_to_the_nano()
    {
        var scenario = Case.Make("lift what=all");

        foreach (var (_, official) in scenario.Official.Periods())
        {
            var lifted = scenario.Official.Of(official.Span, scenario.Layers);
            Assert.Equal((0, 0, 0), (lifted.Control.Expected - lifted.Control.ToDate, lifted.Control.P10 - lifted.Control.ToDate, lifted.Control.P90 - lifted.Control.ToDate));
            Assert.Equal((official.Baseline, official.Resilience), (lifted.Baseline, lifted.Resilience));
            Assert.True(lifted.Total.P50 > official.Total.P50);
        }

        var (apart, both) = (Case.Answer("lift what=routing", "lift what=refusals", "lift what=all"), Case.Answer("lift"));
        var (one, two) = (both.Periods[4].Differences[4], apart.Periods[4].Differences[4]);
        Assert.Equal((one.P10Nanos, one.P50Nanos, one.P90Nanos), (two.P10Nanos, two.P50Nanos, two.P90Nanos));
        Assert.Equal(0, apart.Changes[2].Periods[4].Difference.P90Nanos);

        // Means are rounded a change, a segment and a month: half a nano-unit each time.
        Assert.InRange(Math.Abs(one.ExpectedNanos - two.ExpectedNanos), 0, 3 * 12);
    }

    [Fact]
    public void Calls_under_another_name_of_a_model_have_its_price_until_they_have_their_own()
    {
        const string dated = "gpt-4o-2024-08-06";
        var known = WhatIfCase.Of(Now3, ("openai", dated, 0.7), ("openai", "gpt-4o-mini", 0.3)) with { Aliases = [new PriceAlias { Provider = "openai", Alias = dated, Model = "gpt-4o" }] };
        long Of(WhatIfCase of, string line) => of.Make(line).Differences.ExpectedCost.Sum();

        Assert.Equal(Of(Case with { Plan = [] }, "price model=gpt-4o change=+20%"), Of(known, "price model=gpt-4o change=+20%"));
        Assert.Equal(Of(Case with { Plan = [] }, "price model=gpt-4o input=5 output=20"), Of(known, $"price model={dated} input=5 output=20"));
        Assert.Equal(Of(Case with { Plan = [] }, "route model=gpt-4o to=openai/gpt-4o-mini"), Of(known, $"route model={dated} to=openai/gpt-4o-mini"));
        Assert.Equal(0, Of(known, $"route model={dated} to=openai/{dated}"));
        Assert.Contains(known.Answer("price model=gpt-4o change=+20%").Changes[0].RestsOn, sentence => sentence == $"openai/{dated} is another name of gpt-4o, and has its price.");

        var own = known with { Prices = [.. WhatIfCase.Book, new PriceRow { Provider = "openai", Model = dated, Tier = "standard", Currency = "USD", InputPerMillion = 1, OutputPerMillion = 4 }] };
        Assert.Equal(0, Of(own, "price model=gpt-4o change=+20%"));
        Assert.NotEqual(0, Of(own, $"price model={dated} change=+20%"));
    }

    [Fact]
    public void A_price_that_the_book_has_for_later_already_is_no_change_from_then_on()
    {
        // At half the price from July on, as the scenario says; what it says of the days before is its own.
        var begins = Utc.StartOf(new DateOnly(2026, 7, 1));
        PriceRow[] rows = [WhatIfCase.Book[0].Clone(), WhatIfCase.Book[0].Clone()];
        (rows[0].PriceId, rows[0].EffectiveTo) = (1, Contracts.Timestamps.ToTimestampUtc(begins));
        (rows[1].PriceId, rows[1].EffectiveFrom, rows[1].InputPerMillion, rows[1].OutputPerMillion) = (2, Contracts.Timestamps.ToTimestampUtc(begins), 1_250_000_000, 5_000_000_000);
        var prices = new PricesNow(new PriceVersions(rows, ModelNames.None, ScheduledRoute.Unknown), Now3.Now);
        var known = Case with { Current = Now(Now3.Forecast with { Prices = prices }), Plan = [] };
        var differences = known.Make("price model=gpt-4o input=1.25 output=5").Differences.ExpectedCost;

        Assert.All(differences.Take(2), nanos => Assert.True(nanos < 0));
        Assert.All(differences.Skip(2).Take(12), nanos => Assert.Equal(0, nanos));
        Assert.All((Case with { Plan = [] }).Make("price model=gpt-4o input=1.25 output=5").Differences.ExpectedCost.Take(14), nanos => Assert.True(nanos < 0));
    }

    /// <summary>A percentage is of the price as changes before left it; a rate that is said is what it is, whatever was before.</summary>
    [Theory]
    [InlineData("input=5 output=20", "change=+50%", "input=5 output=20")]
    [InlineData("input=5 output=20", "input=3 output=12", "input=5 output=20")]
    [InlineData("input=5 output=20", "change=-100%", "input=5 output=20")]
    [InlineData("input=5 output=20", "input=5", "output=20")]
    [InlineData("input=5 output=30", "change=+200%", "input=5")]
    [InlineData("input=5 output=20", "input=2.5 output=10", "change=+100%")]
    [InlineData("change=+21%", "change=+10%", "change=+10%")]
    [InlineData("input=5 output=20", "change=+50%", "change=+10%", "input=5 output=20")]
    public void Prices_of_one_model_that_change_twice_follow_one_another(string one, params string[] many)
    {
        var unplanned = Case with { Plan = [] };
        var (atOnce, after) = (unplanned.Make($"price model=gpt-4o {one}"), unplanned.Make([.. many.Select(price => $"price model=gpt-4o {price}")]));

        Assert.All(atOnce.Differences.ExpectedCost.Zip(after.Differences.ExpectedCost), piece => Assert.InRange(piece.Second - piece.First, -10, 10));
        var route = "route team=team_b to=openai/gpt-4o";
        var (come, came) = (unplanned.Make($"price model=gpt-4o {one}", route), unplanned.Make([.. many.Select(price => $"price model=gpt-4o {price}"), route]));
        Assert.All(come.Differences.ExpectedCost.Zip(came.Differences.ExpectedCost), piece => Assert.InRange(piece.Second - piece.First, -10, 10));
    }

    [Fact]
    public void A_rate_that_is_not_said_is_what_the_book_has_for_then()
    {
        // Output is twice as dear from July on; the scenario says what input costs, and of output nothing.
        var begins = Utc.StartOf(new DateOnly(2026, 7, 1));
        PriceRow[] rows = [WhatIfCase.Book[0].Clone(), WhatIfCase.Book[0].Clone()];
        (rows[0].PriceId, rows[0].EffectiveTo) = (1, Contracts.Timestamps.ToTimestampUtc(begins));
        (rows[1].PriceId, rows[1].EffectiveFrom, rows[1].OutputPerMillion) = (2, Contracts.Timestamps.ToTimestampUtc(begins), 2 * rows[0].OutputPerMillion);
        var known = Case with { Current = Now(Now3.Forecast with { Prices = new PricesNow(new PriceVersions(rows, ModelNames.None, ScheduledRoute.Unknown), Now3.Now) }), Plan = [] };

        Assert.All(known.Make("price model=gpt-4o input=2.5").Differences.ExpectedCost, nanos => Assert.Equal(0, nanos));
        var (unsaid, said) = (known.Make("price model=gpt-4o input=5 starts=2026-07-01"), known.Make("price model=gpt-4o input=5 output=20 starts=2026-07-01"));
        Assert.Equal(said.Differences.ExpectedCost, unsaid.Differences.ExpectedCost);
    }

    [Fact]
    public void Rates_above_a_number_of_tokens_are_not_what_is_said_and_stay()
    {
        PriceRow Tiered(long above) => new(WhatIfCase.Book[0]) { ContextTiers = { new PriceContextTier { AboveInputTokens = above, InputPerMillion = 5_000_000_000, OutputPerMillion = 20_000_000_000 } } };
        WhatIfCase Of(long above) => Case with { Plan = [], Prices = [Tiered(above), .. WhatIfCase.Book.Skip(1)] };
        long Change(long above) => Of(above).Make("price model=gpt-4o input=1.25 output=5").Differences.ExpectedCost.Sum();

        Assert.Equal((Case with { Plan = [] }).Make("price model=gpt-4o input=1.25 output=5").Differences.ExpectedCost.Sum(), Change(1_000_000));
        Assert.Equal(0, Change(10));
        Assert.Contains(Of(10).Answer("price model=gpt-4o input=1.25 output=5").Changes[0].RestsOn, sentence => sentence.Contains("which has rates of its own in the book: those stay as they are", StringComparison.Ordinal));
    }

    [Fact]
    public void Work_that_waits_is_priced_by_what_the_policy_serves_it_by_and_in_other_lanes_by_what_is_seen_there()
    {
        var waits = Case.Answer("lane workload=interactive model=gpt-4o to=scheduled").Changes[0].Periods[1];
        var named = Case.Answer("lane workload=interactive model=gpt-4o to=economy at=openai/gpt-4o-mini").Changes[0].Periods[1];

        Assert.Equal(-0.5 * waits.TouchedNanos, waits.Difference.ExpectedNanos, waits.TouchedNanos * 1e-6);
        Assert.Equal(-0.9 * named.TouchedNanos, named.Difference.ExpectedNanos, named.TouchedNanos * 1e-6);
        var unseen = Case.Answer("lane workload=interactive to=economy").Changes[0];
        Assert.Equal(0, unseen.Periods[1].Difference.P10Nanos);
        Assert.Contains(unseen.RestsOn, sentence => sentence.Contains("nothing was used in lane economy", StringComparison.Ordinal));
        Assert.Contains(Case.Answer("lane workload=interactive to=scheduled").Changes[0].RestsOn, sentence => sentence.Contains("openai gpt-4o-mini, by which the policy serves lane scheduled", StringComparison.Ordinal));
    }

    [Fact]
    public void A_plan_that_is_dropped_leaves_nothing_and_one_that_begins_later_costs_later()
    {
        var dropped = Case.Make("plan id=launch drop=yes");
        foreach (var (_, official) in dropped.Official.Periods())
        {
            var without = dropped.Official.Of(official.Span, dropped.Layers);
            Assert.Equal((0, 0, 0), (without.Planned.Expected, without.Planned.P10, without.Planned.P90));
            Assert.Equal(official.Baseline, without.Baseline);
        }

        var later = Case.Answer("plan id=launch starts=2026-08-01");
        Assert.Equal(-dropped.Official.Of(PeriodSpan.Of(PeriodKind.NextMonth, June)).Planned.Expected, Difference(later, PeriodKind.NextMonth, Layer.Planned).ExpectedNanos);
        Assert.Equal(0, Difference(later, PeriodKind.NextMonth, Layer.Baseline).ExpectedNanos);
        var more = Case.Answer("plan id=launch calls_per_day=+50%").Periods[4];
        Assert.Equal(1.5, more.Layers[2].ExpectedNanos / (double)(more.Layers[2].ExpectedNanos - more.Differences[2].ExpectedNanos), 6);
    }

    [Theory]
    [InlineData("USD", "10000", "10000.000000001")]
    [InlineData("JPY", "1000000", "1000001")]
    public void A_rate_is_bounded_as_the_price_book_bounds_it(string currency, string most, string more)
    {
        var problems = new List<string>();
        var facts = Case.Facts with { Currency = currency };
        Assert.Empty(ScenarioCheck.Problems(ChangeReader.Read($"price model=gpt-4o input={most} per_request={most}", problems)!, facts));
        Assert.Equal(
            [$"'price model=gpt-4o output={more}': output= must be at most {most}.00 {currency}; it is {(more.Contains('.', StringComparison.Ordinal) ? more : more + ".00")}."],
            ScenarioCheck.Problems(ChangeReader.Read($"price model=gpt-4o output={more}", problems)!, facts));
    }

    [Fact]
    public void What_does_not_fit_what_there_is_is_said_all_atOnce()
    {
        var problems = Case.Problems(
            "wallet team=team_a amount=+5", "wallet team=team_x amount=+5", "budget budget=none amount=5", "route model=gpt-4o to=nothing", "price model=x change=+1% ends=2026-06-01",
            "price model=x change=+1% starts=2030-01-01", "plan id=nothing drop=yes", "plan id=nothing calls_per_day=+5%", "plan id=launch model=unknown", "outage provider=x hours=2 day=2026-06-01");

        Assert.Equal(11, problems.Count);
        Assert.Contains(problems, problem => problem.Contains("team_a has no wallet", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Contains("There is no price of nothing in force", StringComparison.Ordinal));
    }
}
