using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Accuracy;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using Platform.Forecast.Variances;
using Platform.Forecast.Versions;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>A plan item is of every segment of its team that has what it names, and what comes there is its own or another's, never both.</summary>
public sealed class PlanSegmentTests
{
    private const double Dollar = 1e9;
    private static readonly DateOnly Today = June.Today;

    /// <summary>A dollar a day.</summary>
    private static PlanRow Item(string id, int startsIn, string workload = "", string lane = "", int? endsIn = null, long dollars = 1) => new(
        id, id, "team_a", workload, lane, "openai", "gpt-4o", Today.AddDays(startsIn), 0, 1_000 * dollars, 1_000, 0, PlanRow.Certain, 0,
        endsIn is { } days ? Today.AddDays(days) : null, "", "", true, default, "");

    /// <param name="came">Days back from today on which so much more came: (since, dollars).</param>
    private static SegmentSeries Segment(string workload, string lane, double level, params (int Since, double Dollars)[] came) => new(
        new SegmentKey("team_a", workload, lane), Today.AddDays(-90),
        [.. Enumerable.Range(-90, 90).Select(day => Day(level + came.Where(launch => day >= launch.Since).Sum(launch => launch.Dollars)))]);

    private static Dictionary<string, PlanProgress> Progress(IReadOnlyList<SegmentSeries> segments, params IReadOnlyList<PlanRow> items) =>
        PlanProgress.Of(items.Select(item => (item, 1_000_000.0)), segments, Today).ToDictionary(item => item.Item.PlanId, item => item.Progress);

    [Theory]
    [InlineData("", "", true)]
    [InlineData("chat", "", true)]
    [InlineData("", "standard", true)]
    [InlineData("chat", "standard", true)]
    [InlineData("", "premium", false)]
    [InlineData("batch", "", false)]
    [InlineData("chat", "stndard", false)]
    public void What_launches_is_seen_wherever_the_item_does_not_say_otherwise(string workload, string lane, bool isSeen)
    {
        SegmentSeries[] segments = [Segment("chat", "standard", 2, (-7, 1)), Segment("chat", "premium", 3), Segment("batch", "standard", 1)];
        var progress = Progress(segments, Item("launch", -7, workload, lane))["launch"];

        Assert.Equal(isSeen ? (PlanStatus.Launched, 7e9) : (PlanStatus.Late, 0), (progress.Status, progress.ActualNanos));
    }

    [Fact]
    public void What_has_launched_is_in_its_segments_and_after_two_weeks_in_the_plan_no_more()
    {
        var launch = Item("launch", -14);
        var seen = PlanProgress.Of([(launch, 1_000_000)], [Segment("chat", "standard", 2, (-14, 1))], Today).Single();
        var misspelt = PlanProgress.Of([(launch with { Lane = "stndard" }, 1_000_000)], [Segment("chat", "standard", 2, (-14, 1))], Today).Single();

        Assert.Equal(0, PlannedPaths.NanosOn(seen, Today.AddDays(40), Today));
        Assert.Equal(Dollar, PlannedPaths.NanosOn(misspelt, Today.AddDays(40), Today));
    }

    [Fact]
    public void Of_two_items_that_start_at_once_only_as_many_are_seen_as_came()
    {
        // Two dollars a day came, and each had planned as many.
        var progress = Progress([Segment("chat", "standard", 2, (-7, 2))], Item("one", -7, dollars: 2), Item("two", -7, dollars: 2));

        Assert.Equal((PlanStatus.Launched, 14e9), (progress["one"].Status, progress["one"].ActualNanos));
        Assert.Equal((PlanStatus.Late, 0.0), (progress["two"].Status, progress["two"].ActualNanos));
    }

    [Fact]
    public void What_is_above_the_plan_of_one_item_is_the_next_ones()
    {
        var progress = Progress([Segment("chat", "standard", 2, (-7, 3))], Item("one", -7), Item("two", -7));

        // The last has what is left, more than was planned of it.
        Assert.Equal((7e9, 14e9), (progress["one"].ActualNanos, progress["two"].ActualNanos));
    }

    [Fact]
    public void The_item_that_names_its_segment_comes_before_one_that_may_be_anywhere()
    {
        var progress = Progress([Segment("chat", "standard", 2, (-7, 1)), Segment("batch", "bulk", 2, (-7, 1))], Item("any", -7), Item("named", -7, "batch", "bulk"));

        Assert.Equal((PlanStatus.Launched, PlanStatus.Launched, 7e9, 7e9), (progress["any"].Status, progress["named"].Status, progress["any"].ActualNanos, progress["named"].ActualNanos));
    }

    [Fact]
    public void An_item_whose_level_has_another_one_in_it_is_seen_by_itself()
    {
        // The first came forty days ago and is all of the level before the second.
        var progress = Progress([Segment("chat", "standard", 2, (-40, 1), (-7, 1))], Item("first", -40), Item("second", -7));

        Assert.Equal(7e9, progress["second"].ActualNanos);
        Assert.Equal(PlanStatus.Launched, progress["first"].Status);
    }

    [Theory]
    [InlineData(-20, 1.0)]
    [InlineData(-35, 0.5)]
    [InlineData(-42, 0.0)]
    public void What_is_too_small_to_be_seen_is_in_the_plan_until_the_level_has_it_in_any_case(int startsIn, double left)
    {
        // A hundred dollars a day that grow by two percent a week.
        var days = Enumerable.Range(-200, 200).Select(day => Day(100 * Math.Pow(1.02, day / 7.0)));
        var series = new SegmentSeries(new SegmentKey("team_a", "chat", "standard"), Today.AddDays(-200), [.. days]);
        var item = PlanProgress.Of([(Item("small", startsIn), 1_000_000)], [series], Today).Single();

        Assert.Equal((PlanStatus.Planned, true), (item.Progress.Status, item.Progress.IsHidden));
        Assert.Equal(left * Dollar, PlannedPaths.NanosOn(item, Today.AddDays(40), Today));
    }

    [Fact]
    public void What_an_item_brought_is_told_apart_by_segment_and_never_twice()
    {
        SegmentSeries[] segments = [Segment("chat", "standard", 2, (-7, 0.25)), Segment("chat", "premium", 3, (-7, 0.5)), Segment("batch", "", 1, (-7, 4))];
        var brought = PlannedSpends.Of([(Item("chat", -7, "chat"), 1_000_000), (Item("any", -7), 1_000_000)], segments, Today.AddDays(-90), new DaySpan(Today.AddDays(-7), Today)).ToList();

        Assert.Equal([1.75, 3.5], brought.Where(part => part.PlanId == "chat").OrderBy(part => part.Nanos).Select(part => part.Nanos / Dollar));

        // The other one finds chat's rise taken.
        Assert.Equal([("batch", 7.0)], brought.Where(part => part.PlanId == "any" && part.Nanos > 0).Select(part => (part.Segment.Workload, part.Nanos / Dollar)));
    }

    [Fact]
    public void What_came_of_a_published_plan_counts_each_segment_once()
    {
        var asOf = Today.AddDays(-10);
        Dictionary<DateOnly, long> Days(long nanos) => Enumerable.Range(0, 7).ToDictionary(day => asOf.AddDays(day), _ => nanos);
        var segments = new Dictionary<SegmentKey, Dictionary<DateOnly, long>>
        {
            [new("team_a", "chat", "standard")] = Days(30), [new("team_a", "chat", "premium")] = Days(20), [new("team_b", "chat", "standard")] = Days(1_000),
        };
        var actuals = new Actuals(new Dictionary<string, Dictionary<DateOnly, ActualDay>> { ["team_a"] = Days(0).ToDictionary(day => day.Key, _ => new ActualDay(50, 0, 0)) }, segments, []);
        var figure = new VersionFigure("team_a", "days", asOf, asOf.AddDays(7), default, default, default, default, default, 0, 0);
        VersionPlanItem Planned(string id, string workload, string lane, long level, bool takesAny = true) => new(id, "team_a", workload, lane, asOf, null, false, level, takesAny);
        string Came(params VersionPlanItem[] plan) => string.Join(' ', actuals.Of(figure, 1, asOf, plan).Where(layer => layer.Layer is Layer.Planned or Layer.Baseline).Select(layer => $"{layer.Layer}={layer.Nanos}"));

        Assert.Equal("Baseline=280 Planned=70", Came(Planned("any", "", "", 40)));

        // Within the other's segments: of both together what all of them brought.
        Assert.Equal("Baseline=280 Planned=70", Came(Planned("named", "chat", "standard", 25), Planned("any", "", "", 40)));
        Assert.Equal("Baseline=245 Planned=105", Came(Planned("one", "chat", "standard", 25), Planned("two", "chat", "premium", 10)));

        // They have a segment in common, and neither's level is known without it.
        Assert.Equal("", Came(Planned("one", "chat", "", 40), Planned("two", "", "standard", 25)));

        // A version that took what is empty for a name.
        Assert.Equal("", Came(Planned("any", "", "", 0, takesAny: false)));
    }

    [Fact]
    public void A_budget_of_a_lane_has_its_part_of_what_may_come_in_any()
    {
        var forecast = Now(Ahead(June, With(Company.Segment("team_a", "batch", 1, 120), "bulk"), With(Company.Segment("team_a", "chat", 2, 200), "standard")));
        var levels = forecast.Teams[0].Segments.ToDictionary(segment => segment.Key.Lane, segment => segment.Forecast.DailyNanos);
        double Part(BudgetScope scope, PlanRow item) => scope.PartOf(item, forecast);
        var bulk = new BudgetScope { TeamId = "team_a", Lane = "bulk" };

        Assert.Equal(levels["bulk"] / levels.Values.Sum(), Part(bulk, Item("any", 5)), 12);
        Assert.Equal((1, 0), (Part(bulk, Item("named", 5, lane: "bulk")), Part(bulk, Item("other", 5, lane: "standard"))));
        Assert.Equal(1, Part(bulk, Item("batch", 5, "batch")));
        Assert.Equal(0, Part(bulk, Item("chat", 5, "chat")));

        // Nobody knows yet where new work will run: no budget that it may be in leaves it out.
        Assert.Equal(1, Part(bulk, Item("new", 5, "new")));
        Assert.Equal(0, Part(new BudgetScope { TeamId = "team_b", Lane = "bulk" }, Item("any", 5)));
    }

    [Theory]
    [InlineData("", "", "")]
    [InlineData("chat", "", "")]
    [InlineData("", "stndard", "No call of team team_a has been in lane stndard; there were calls in no lane, premium, standard.")]
    [InlineData("chet", "", "No call of team team_a has had workload chet; there were calls of batch, chat.")]
    [InlineData("batch", "premium", "No call of team team_a with workload batch has been in lane premium.")]
    public void What_names_a_segment_that_does_not_exist_is_said(string workload, string lane, string says)
    {
        SegmentKey[] known = [new("team_a", "chat", "standard"), new("team_a", "chat", "premium"), new("team_a", "batch", "")];
        var note = PlanViews.SegmentNote(Item("launch", 5, workload, lane).Named, known);

        Assert.Equal(says.Length == 0 ? "" : $"{says} Until one has, the item is in no segment's figures, and counts whole from its start on.", note);
        Assert.Equal("", PlanViews.SegmentNote(Item("launch", 5, workload, lane).Named, []));
    }

    private static SegmentSeries With(SegmentSeries series, string lane) => series with { Key = series.Key with { Lane = lane } };
}
