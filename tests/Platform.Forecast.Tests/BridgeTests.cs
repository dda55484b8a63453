using CsCheck;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Controls;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using Platform.Forecast.Variances;

namespace Platform.Forecast.Tests;

public sealed class BridgeTests
{
    private const long Dollar = 1_000_000_000;
    private static readonly SegmentKey Segment = new("team_a", "assistant", "realtime");
    private static readonly VarianceRules NoRules = new([], []);
    private static readonly string[] Models = ["gpt-4o", "gpt-4o-mini", "gpt-4.1", "large"];
    private static readonly string[] Workloads = ["assistant", "batch"];

    private static readonly Gen<CellKey> AnyKey = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 1], Gen.Int[0, 1], Gen.Int[0, 2]).Select((team, workload, lane, model) =>
        new CellKey($"team_{team}", workload == 0 ? "" : "batch", lane == 0 ? "" : "scheduled", "openai", $"model-{model}"));

    // With corrections without calls, calls without tokens, negative cost, and amounts up to a hundred million dollars.
    private static readonly Gen<CellUsage> AnyUsage = Gen.Select(Gen.OneOf(Gen.Const(0L), Gen.Long[-5, 5], Gen.Long[0, 1_000_000]), Gen.Long[0, 100_000_000], Gen.Long[0, 100_000_000],
            Gen.OneOf(Gen.Long[-1_000, 1_000], Gen.Long[0, 100_000_000 * Dollar]), Gen.Long[-Dollar, Dollar], Gen.Long[-Dollar, Dollar])
        .Select((calls, input, output, cost, saving, premium) => new CellUsage(calls, calls > 3 ? input : 0, output, cost, saving, premium));

    private static readonly Gen<PeriodFigures> AnyPeriod = Gen.Select(Gen.Int[1, 31], Gen.Dictionary(AnyKey, AnyUsage)[0, 12], Gen.Select(AnyKey, Gen.Int[11, 14], Gen.Long[0, 200], Gen.Long[0, 10 * Dollar]).List[0, 6],
            Gen.Select(AnyKey, Gen.Long[0, 100 * Dollar]).List[0, 3], Gen.Select(AnyKey, Gen.Long[0, Dollar]).List[0, 3])
        .Select((days, cells, waste, planned, refused) => new PeriodFigures(
            days, cells, [.. waste.Select(part => new WastedSpend((Driver)part.Item2, part.Item1, part.Item3, part.Item3 * 10, part.Item3, part.Item4))],
            [.. planned.Select((part, i) => new PlannedSpend($"plan_{i}", part.Item1.Segment, part.Item1.Model, part.Item2))],
            refused.GroupBy(part => part.Item1.Segment).ToDictionary(segment => segment.Key, segment => segment.Sum(part => part.Item2))));

    [Fact]
    public void Parts_add_up_to_the_change_to_the_nano_in_every_cell_team_and_class_whatever_the_records() => Gen.Select(AnyPeriod, AnyPeriod).Sample(
        (before, current) =>
        {
            var changes = Bridge.Of(before, current, _ => 4);
            foreach (var cell in before.Cells.Keys.Union(current.Cells.Keys))
            {
                Assert.Equal(
                    current.Cells.GetValueOrDefault(cell).CostNanos - before.Cells.GetValueOrDefault(cell).CostNanos, changes.Where(change => change.Cell == cell).Sum(change => change.Nanos));
            }

            var report = Report(before, current, changes);
            Assert.Equal(current.Cells.Values.Sum(cell => cell.CostNanos), report.Total.CurrentNanos);
            foreach (var sum in report.Teams.Append(report.Total))
            {
                Assert.Equal(sum.ChangeNanos, sum.Items.Sum(item => item.ChangeNanos));
                Assert.Equal(sum.ChangeNanos, sum.Classes.Sum(kind => kind.ChangeNanos));
                Assert.All(sum.Items, item => Assert.NotEmpty(item.Evidence));
            }

            Assert.Equal(report.Total.ChangeNanos, report.Teams.Sum(team => team.ChangeNanos));
        },
        iter: 300);

    [Fact]
    public void Two_factors_are_parted_as_bennet_did_and_the_order_of_factors_does_not_matter() => Gen.Double[0, 9].Array[10].Sample(values =>
    {
        var (before, after) = (values[..5], values[5..]);
        var two = ShapleyValue.OfProduct(before.AsSpan(0, 2), after.AsSpan(0, 2));
        Assert.Equal((after[0] - before[0]) * (before[1] + after[1]) / 2, two[0], 9);

        var straight = ShapleyValue.OfProduct(before, after);
        var turned = ShapleyValue.OfProduct([.. before.Reverse()], [.. after.Reverse()]);
        Assert.All(straight.Zip(turned.Reverse()), pair => Assert.Equal(pair.First, pair.Second, 6));
        Assert.Equal(after.Aggregate(1.0, (a, b) => a * b) - before.Aggregate(1.0, (a, b) => a * b), straight.Sum(), 6);
    });

    [Fact]
    public void More_calls_alone_are_volume_and_longer_months_the_calendar()
    {
        AssertOnly(Driver.Volume, 20, Of(30, Cell("gpt-4o", 1_000, 100)), Of(30, Cell("gpt-4o", 1_200, 120)));
        AssertOnly(Driver.Calendar, 10, Of(30, Cell("gpt-4o", 300, 300)), Of(31, Cell("gpt-4o", 310, 310)));
        AssertOnly(Driver.TokensPerCall, 50, Of(30, Cell("gpt-4o", 1_000, 100)), Of(30, Cell("gpt-4o", 1_000, 150, tokensPerCall: 1_500)));
        AssertOnly(Driver.Price, -30, Of(30, Cell("gpt-4o", 1_000, 100)), Of(30, Cell("gpt-4o", 1_000, 70)));
    }

    [Fact]
    public void A_switch_of_models_with_growth_is_parted_into_both_and_what_is_new_or_gone_is_mix()
    {
        // A tenth more calls, and all of them on a model at half the price.
        var changes = Sums(Of(30, Cell("dear", 1_000, 100)), Of(30, Cell("cheap", 1_100, 55)));

        Assert.Equal(7.5, changes[Driver.Volume], 6);
        Assert.Equal(-52.5, changes[Driver.ModelMix], 6);
        Assert.Equal(2, changes.Count);
    }

    [Fact]
    public void Calls_that_know_the_default_put_a_switch_of_models_into_routing()
    {
        var changes = Sums(Of(30, Cell("dear", 1_000, 100)), Of(30, Cell("dear", 500, 50), Cell("cheap", 500, 25, saving: 25)));

        Assert.Equal(-25, changes[Driver.Routing], 6);
        Assert.Equal(0, changes.Where(change => change.Key != Driver.Routing).Sum(change => Math.Abs(change.Value)), 6);
    }

    [Fact]
    public void Failed_attempts_are_waste_and_neither_volume_nor_price()
    {
        var failed = new WastedSpend(Driver.Failed, Key("gpt-4o"), 200, 160_000, 40_000, 20 * Dollar);
        var changes = Sums(Of(30, Cell("gpt-4o", 1_000, 100)), Of(30, Cell("gpt-4o", 1_200, 120)) with { Waste = [failed] });

        Assert.Equal((20.0, 1), (changes[Driver.Failed], changes.Count));
    }

    [Fact]
    public void A_plan_item_takes_what_was_planned_and_the_rest_is_growth()
    {
        var launch = new CellKey("team_a", "launch", "realtime", "openai", "gpt-4o");
        var current = Of(30, Cell("gpt-4o", 1_000, 100), (launch, new CellUsage(500, 400_000, 100_000, 50 * Dollar, 0, 0))) with { Planned = [new("launch", launch.Segment, "gpt-4o", 40 * Dollar)] };
        var changes = Sums(Of(30, Cell("gpt-4o", 1_000, 100)), current);

        Assert.Equal(40, changes[Driver.Plan], 6);
        Assert.Equal(10, changes[Driver.WorkloadMix] + changes[Driver.Volume], 6);
    }

    [Fact]
    public void Refused_demand_is_growth_asked_for_and_as_much_control()
    {
        var (before, current) = (Of(30, Cell("gpt-4o", 1_000, 100)), Of(30, Cell("gpt-4o", 1_000, 100)) with { Refused = new Dictionary<SegmentKey, long> { [Segment] = 7 * Dollar } });
        var total = Report(before, current, Bridge.Of(before, current, _ => 1)).Total;

        Assert.Equal((0, 7 * Dollar, -7 * Dollar), (total.ChangeNanos, ClassOf(total, VarianceClass.Growth), ClassOf(total, VarianceClass.Control)));
    }

    [Fact]
    public void A_mix_of_models_is_control_where_the_policy_was_changed_and_unexplained_elsewhere()
    {
        var (before, current) = (Of(30, Cell("dear", 1_000, 100)), Of(30, Cell("cheap", 1_000, 50)));
        var changes = Bridge.Of(before, current, _ => 1);
        var policy = new ControlEvent(Guid.Parse("018f0000-0000-7000-8000-000000000001"), Usage.Utc("2026-05-20T00:00:00"), "policy", "", "7", "key_1", "routing policy 7");

        Assert.Equal(-50 * Dollar, ClassOf(Report(before, current, changes).Total, VarianceClass.Unexplained));
        var announced = Report(before, current, changes, new VarianceRules([policy], [])).Total;
        Assert.Equal(-50 * Dollar, ClassOf(announced, VarianceClass.Control));
        Assert.Contains(announced.Items[0].Evidence, evidence => evidence.Command == $"kt forecast effect {policy.EventId}");
    }

    [Theory]
    [InlineData("gpt-4o", "standard", "standard", 1)] // The model's new price is that of its dated name.
    [InlineData("gpt-4o-2024-08-06", "standard", "standard", 1)]
    [InlineData("gpt-4o", "flex", "standard", 1)] // Of this tier the name has no price of its own.
    [InlineData("gpt-4o", "standard", "batch", 1)]
    [InlineData("gpt-4o", "standard", "", 0)] // It has one of its own, which stayed as it was.
    [InlineData("gpt-4o-mini", "standard", "standard", 0)]
    public void A_price_of_a_model_that_was_changed_is_that_of_names_that_stand_for_it(string changed, string tier, string own, int prices)
    {
        const string dated = "gpt-4o-2024-08-06";
        PriceRow[] rows = own == "standard" ? [] : [new PriceRow { Provider = "openai", Model = dated, Tier = own, InputPerMillion = 2, OutputPerMillion = 6 }];
        var book = new PlanBook([.. rows, new PriceRow { Provider = "openai", Model = "gpt-4o", Tier = "standard", InputPerMillion = 2, OutputPerMillion = 8 }], ScheduledRoute.Unknown)
        {
            Names = new ModelNames([new PriceAlias { Provider = "openai", Alias = dated, Model = "gpt-4o" }]),
        };
        var rules = new VarianceRules([], [new PriceRow { PriceId = 7, Provider = "openai", Model = changed, Tier = tier }]) { Book = book };
        var change = new Change(Driver.Price, Key(dated), 5);

        Assert.Equal(prices, rules.PricesOf(change.Cell).Count());
        Assert.Equal(prices > 0 ? VarianceClass.Control : VarianceClass.Unexplained, rules.ClassOf(change));
        Assert.Equal(own == "" ? 3 : 4, OutputWeights.Of(book)(Key(dated)));
        Assert.Equal(4, OutputWeights.Of(book)(Key("gpt-4o")));
        Assert.Equal(1, OutputWeights.Of(book)(Key("unknown")));
    }

    [Theory]
    [InlineData(nameof(Driver.Routing), 0, -2, "Routing saved 2.00 USD against defaults, 0.00 USD before.")]
    [InlineData(nameof(Driver.Routing), -1, 2, "Routing cost 2.00 USD more than defaults, saved 1.00 USD before.")]
    [InlineData(nameof(Driver.Routing), 1, 2, "Routing cost 2.00 USD more than defaults, 1.00 USD before.")]
    [InlineData(nameof(Driver.Fallback), 1, 2, "Falling back cost 2.00 USD more than first choices, 1.00 USD before.")]
    [InlineData(nameof(Driver.Fallback), 1, -2, "Falling back saved 2.00 USD against first choices, cost 1.00 USD before.")]
    [InlineData(nameof(Driver.Fallback), -1, 0, "Falling back cost 0.00 USD more than first choices, saved 1.00 USD before.")]
    public void No_sentence_has_a_saving_below_zero(string driver, long before, long current, string sentence)
    {
        var days = new DaySpan(new DateOnly(2026, 6, 1), new DateOnly(2026, 7, 1));
        Assert.Equal(sentence, new VarianceSentences("USD", (days, days), (1, 1), false).Of([Change.Between(Enum.Parse<Driver>(driver), Key("gpt-4o"), before * Dollar, current * Dollar)], false));
    }

    /// <summary>All parts of all of them would be a larger answer than a message may be, and took a minute to put together.</summary>
    [Fact]
    public void Of_thousands_of_teams_those_that_changed_most_are_told_in_parts_and_the_others_by_class()
    {
        const int teams = 4000;
        PeriodFigures Period(Func<int, long> dollars) => new(
            7, (from team in Enumerable.Range(0, teams) from model in Models from workload in Workloads
                select (new CellKey($"team_{team}", workload, "realtime", "openai", model), new CellUsage(100 + model.Length * dollars(team), 100_000, 10_000 + team, dollars(team) * Dollar, team, model.Length)))
                .ToDictionary(cell => cell.Item1, cell => cell.Item2),
            [], [], new Dictionary<SegmentKey, long>()) { Adjustments = new Dictionary<CellKey, long> { [new("team_x", "", "", "openai", "")] = -5 * Dollar } };
        var (before, current) = (Period(_ => 1), Period(team => 2 + team));
        var report = Report(before, current, Bridge.Of(before, current, _ => 4));

        Assert.InRange(report.CalculateSize(), 0, ServiceDefaults.Grpc.PlatformGrpc.LargestMessageBytes / 2);
        Assert.Equal(teams + 1, report.Teams.Count);
        Assert.Equal(("team_3999", "team_x"), (report.Teams[0].TeamId, report.Teams[^1].TeamId));
        Assert.All(report.Teams, team => Assert.Equal(team.CurrentNanos - team.BeforeNanos, team.Classes.Sum(kind => kind.ChangeNanos)));
        Assert.All(report.Teams.Take(VarianceViews.MostTeams), team => Assert.Equal(team.ChangeNanos, team.Items.Sum(item => item.ChangeNanos)));
        Assert.All(report.Teams.Skip(VarianceViews.MostTeams), team => Assert.Empty(team.Items));
        Assert.All(report.Total.Classes, kind => Assert.Equal(kind.ChangeNanos, report.Teams.Sum(team => team.Classes.Single(own => own.Class == kind.Class).ChangeNanos)));
        Assert.Equal("The parts of the 1000 teams whose spend changed most are told, of 4001; of the others the classes alone: kt variance --team tells theirs.", Assert.Single(report.Notes));
    }

    private static VarianceReport Report(PeriodFigures before, PeriodFigures current, IReadOnlyList<Change> changes, VarianceRules? rules = null)
    {
        var periods = new ComparedPeriods(Comparison.Month, new DaySpan(new DateOnly(2026, 5, 1), new DateOnly(2026, 6, 1)), new DaySpan(new DateOnly(2026, 6, 1), new DateOnly(2026, 7, 1)));
        return VarianceViews.Make(new Compared(periods, before, current, changes, rules ?? NoRules), Company.Utc, "USD", DateTimeOffset.UnixEpoch);
    }

    private static long ClassOf(VarianceSum sum, VarianceClass kind) => sum.Classes.Single(part => part.Class == kind).ChangeNanos;

    private static void AssertOnly(Driver driver, double dollars, PeriodFigures before, PeriodFigures current)
    {
        var changes = Sums(before, current);
        Assert.Equal(dollars, changes[driver], 6);
        Assert.Equal(0, changes.Where(change => change.Key != driver).Sum(change => Math.Abs(change.Value)), 6);
    }

    private static Dictionary<Driver, double> Sums(PeriodFigures before, PeriodFigures current) => Bridge.Of(before, current, _ => 4)
        .GroupBy(change => change.Driver).ToDictionary(driver => driver.Key, driver => driver.Sum(change => change.Nanos) / (double)Dollar);

    private static CellKey Key(string model) => new(Segment.TeamId, Segment.Workload, Segment.Lane, "openai", model);

    private static (CellKey, CellUsage) Cell(string model, long calls, double dollars, double tokensPerCall = 1_000, double saving = 0) =>
        (Key(model), new CellUsage(calls, calls * tokensPerCall * 0.8, calls * tokensPerCall * 0.2, (long)(dollars * Dollar), (long)(saving * Dollar), 0));

    private static PeriodFigures Of(int days, params (CellKey, CellUsage)[] cells) =>
        new(days, cells.ToDictionary(cell => cell.Item1, cell => cell.Item2), [], [], new Dictionary<SegmentKey, long>());
}
