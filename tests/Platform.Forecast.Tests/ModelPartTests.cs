using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;
using static Platform.Forecast.Tests.Usage;
using Growth = Platform.Forecast.Segments.Growth;
using ModelPart = Platform.Contracts.Forecast.V1.ModelPart;

namespace Platform.Forecast.Tests;

public sealed class ModelPartTests(ITestOutputHelper output)
{
    private static readonly OrganisationForecast Four = Ahead(
        June, Segment("team_a", "batch", 1, 120), Segment("team_a", "interactive", 2, 400), Segment("team_b", "interactive", 3, 60),
        new SegmentSeries(new SegmentKey("team_b", "nanos", ""), June.Today.AddDays(-40), [.. Enumerable.Range(0, 40).Select(day => new SegmentDay(day % 6, 1, 0, 8, 2))]));

    private static readonly string[] Models = ["large", "mini", "nano"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PeriodKind.Month)]
    [InlineData(PeriodKind.NextMonth)]
    [InlineData(PeriodKind.Quarter)]
    [InlineData(PeriodKind.TwelveMonths)]
    public void Parts_of_a_segment_add_up_to_it_in_every_path_and_none_is_negative(PeriodKind period)
    {
        var (current, facts, span) = (Now(Four), Facts(Four), PeriodSpan.Of(period, June));
        foreach (var segment in Four.Teams.SelectMany(team => team.Segments))
        {
            var growth = Growth.Of(current, segment, span);
            var parts = ModelParts.Of(current, segment, span, growth, facts);
            var whole = new long[JointPaths.Paths];
            PathTotals.Add(whole, segment, span, current.RestOfToday);

            Assert.Equal(3, parts.All.Count());
            Assert.Equal(whole, Enumerable.Range(0, JointPaths.Paths).Select(path => parts.All.Sum(part => part.Rest[path])));
            Assert.All(parts.All, part => Assert.True(part.RestNanos >= 0 && part.Rest.Min() >= 0));
            Assert.Equal(growth.ExpectedNanos - growth.SpentNanos, parts.All.Sum(part => part.RestNanos));
        }
    }

    [Fact]
    public void Parts_of_months_add_up_to_those_of_their_quarter_in_every_path()
    {
        var (current, facts, segment) = (Now(Four), Facts(Four), Four.Teams[0].Segments[0]);
        var quarter = ModelParts.Of(current, segment, PeriodSpan.Of(PeriodKind.NextQuarter, June), default, facts).All.ToArray();
        var months = Enumerable.Range(7, 3).Select(month => PeriodSpan.Of(new DateOnly(2026, month, 1), new DateOnly(2026, month + 1, 1), June))
            .Select(span => ModelParts.Of(current, segment, span, default, facts).All.ToArray()).ToArray();

        Assert.All(quarter.Index(), part => Assert.Equal(part.Item.Rest, Enumerable.Range(0, JointPaths.Paths).Select(path => months.Sum(month => month[part.Index].Rest[path]))));
    }

    [Theory]
    [InlineData(PeriodKind.Month)]
    [InlineData(PeriodKind.Quarter)]
    [InlineData(PeriodKind.TwelveMonths)]
    public void A_models_parts_add_up_from_segments_to_teams_to_the_organisation_and_models_to_each_of_them(PeriodKind period)
    {
        var view = SegmentViews.Make(Now(Four), new GetSegmentsRequest { Period = period, ByModel = true }, "USD", Facts(Four));

        void AddUp(IEnumerable<ModelPart> sum, IEnumerable<ModelPart> parts) => Assert.Equal(
            sum.Select(part => (part.Provider, part.Model, part.SpentNanos, part.ExpectedNanos)),
            parts.GroupBy(part => (part.Provider, part.Model)).OrderBy(model => model.Key.Provider, StringComparer.Ordinal).ThenBy(model => model.Key.Model, StringComparer.Ordinal)
                .Select(model => (model.Key.Provider, model.Key.Model, model.Sum(part => part.SpentNanos), model.Sum(part => part.ExpectedNanos))));
        AddUp(view.Total.Parts, view.Teams.SelectMany(team => team.Parts));
        Assert.All(view.Teams, team => AddUp(team.Parts, view.Segments.Where(segment => segment.TeamId == team.TeamId).SelectMany(segment => segment.Parts)));

        foreach (var (growth, parts) in view.Segments.Select(segment => (segment.Growth, segment.Parts)).Concat(view.Teams.Append(view.Total).Select(sum => (sum.Growth, sum.Parts))))
        {
            Assert.Equal((growth.SpentNanos, growth.ExpectedNanos), (parts.Sum(part => part.SpentNanos), parts.Sum(part => part.ExpectedNanos)));
            Assert.All(parts, part => Assert.True(part.P10Nanos <= part.P50Nanos && part.P50Nanos <= part.P90Nanos));
        }

        // Read off sums of paths: what errs in one segment is made up for in another.
        Assert.All(view.Total.Parts, part => Assert.True(
            part.P90Nanos < view.Segments.SelectMany(segment => segment.Parts).Where(own => own.Provider == part.Provider && own.Model == part.Model).Sum(own => own.P90Nanos)));
        Assert.True(view.Total.P90Nanos < view.Total.Parts.Sum(part => part.P90Nanos));
    }

    [Fact]
    public void Parts_that_are_not_asked_for_change_no_figure()
    {
        var (without, with) = (SegmentViews.Make(Now(Four), new GetSegmentsRequest(), "USD"), SegmentViews.Make(Now(Four), new GetSegmentsRequest(), "USD", Facts(Four)));
        foreach (var sum in with.Teams.Append(with.Total))
        {
            sum.Parts.Clear();
        }

        foreach (var segment in with.Segments)
        {
            segment.Parts.Clear();
        }

        Assert.Equal(without, with);
    }

    [Fact]
    public void A_model_that_grows_has_the_share_of_its_last_four_weeks_and_not_what_becomes_of_it()
    {
        // In each week the new model has a tenth more calls by the old one's; both together are what they were.
        static double Share(int day) => 1 / (1 + Math.Exp(-Math.Log(1.1) / 7 * day));
        var series = new SegmentSeries(new SegmentKey("team_a", "", ""), June.Today.AddDays(-91), [.. Enumerable.Repeat(Day(100), 91)]);
        var current = Now(Ahead(June, series));
        var mix = RouteMix.Of(series.Key, [.. Enumerable.Range(0, RouteMix.Days).SelectMany(day => new[] { ("new", Share(day - 91)), ("old", 1 - Share(day - 91)) }.Select(route =>
            new RouteDay(day, "openai", route.Item1, (long)(100e9 * route.Item2), 1, 1, 1, 0, 0)))]);
        var view = SegmentViews.Make(current, new GetSegmentsRequest { Period = PeriodKind.NextMonth }, "USD", new ModelFacts(new Dictionary<SegmentKey, RouteMix> { [series.Key] = mix }, new Dictionary<SegmentKey, List<RouteSpend>>()));

        var told = view.Total.Parts[0].ExpectedNanos / (double)view.Total.Growth.ExpectedNanos;
        var (known, comes) = (Enumerable.Range(-28, 28).Average(Share), Enumerable.Range(21, 31).Average(Share));
        output.WriteLine($"{told:0.000} of the next month is told; {known:0.000} were of the last four weeks, {comes:0.000} will be of the next month");
        Assert.Equal("new", view.Total.Parts[0].Model);
        Assert.InRange(told, known - 0.01, known + 0.01);
        Assert.True(told < comes - 0.1);
    }

    [Fact]
    public void What_is_known_of_no_share_is_told_as_far_as_it_is_known()
    {
        // A model that was called today for the first time; one that was called before the last four weeks; a segment whose routes nobody knows.
        var (chat, other) = (new SegmentKey("team_a", "chat", ""), new SegmentKey("team_a", "other", ""));
        SegmentSeries Of(SegmentKey key) => new(key, June.Today.AddDays(-91), [.. Enumerable.Repeat(Day(100), 91)]);
        var mix = RouteMix.Of(chat, [.. Enumerable.Range(0, RouteMix.Days).Select(day => new RouteDay(day, "openai", day < 60 ? "gone" : "stays", 100_000_000_000, 1, 1, 1, 0, 0))]);
        var spent = new Dictionary<SegmentKey, List<RouteSpend>> { [chat] = [new("openai", "gone", 2), new("openai", "new", 3), new("openai", "free", 0), new("openai", "stays", 5)] };
        var view = SegmentViews.Make(
            Now(Ahead(June, Of(chat), Of(other))), new GetSegmentsRequest { Period = PeriodKind.Quarter }, "USD", new ModelFacts(new Dictionary<SegmentKey, RouteMix> { [chat] = mix }, spent));

        Assert.Equal([("gone", 2), ("new", 3), ("stays", 5)], view.Segments[0].Parts.Select(part => (part.Model, part.SpentNanos)));
        Assert.Equal([2, 3], view.Segments[0].Parts.Take(2).Select(part => part.ExpectedNanos));
        Assert.Equal((10, view.Segments[0].Growth.ExpectedNanos), (view.Segments[0].Growth.SpentNanos, view.Segments[0].Parts.Sum(part => part.ExpectedNanos)));
        Assert.Equal([("", "", view.Segments[1].Growth.ExpectedNanos)], view.Segments[1].Parts.Select(part => (part.Provider, part.Model, part.ExpectedNanos)));
    }

    [Theory]
    [InlineData("", 45_000, 37)]
    [InlineData("Asia/Kathmandu", 45_000, 48)]
    public async Task Parts_are_read_from_metered_usage_in_days_of_any_zone(string zone, long mini, long large)
    {
        var now = Utc("2026-06-10T12:00:00");
        await using var fixture = await ForecastFixture.CreateAsync(now, Cancellation);
        fixture.Organisation.Teams.Add("team_support");

        // 18:20 of the last of May in UTC is the first of June in Nepal.
        var days = Enumerable.Range(1, 40).Select(day => Call(Utc("2026-06-10T09:05:00").AddDays(-day), 5_000));
        await fixture.Usage.AddAsync(
            Batch([.. days, Call(Utc("2026-06-01T00:01:00"), 30, model: "gpt-4o"), Call(Utc("2026-06-10T01:00:00"), 7, model: "gpt-4o"), Call(Utc("2026-05-31T18:20:00"), 11, model: "gpt-4o")]), now, Cancellation);
        var get = new GetSegments(
            fixture.Get<OrganisationForecasts>(), fixture.Get<SegmentStore>(), fixture.Get<RouteMixes>(), fixture.Get<OrganisationDirectory>(), fixture.Time);
        var answer = await get.RunAsync(new GetSegmentsRequest { TimeZone = zone, ByModel = true }, Cancellation);

        Assert.Equal([("gpt-4o", large), ("gpt-4o-mini", mini)], answer.Total.Parts.Select(part => (part.Model, part.SpentNanos)));
        Assert.Equal(answer.Total.Growth.SpentNanos, mini + large);
        Assert.Equal(answer.Total.Growth.ExpectedNanos, answer.Segments.Single().Parts.Sum(part => part.ExpectedNanos));
        Assert.DoesNotContain((await get.RunAsync(new GetSegmentsRequest { TimeZone = zone, Period = PeriodKind.NextMonth, ByModel = true }, Cancellation)).Total.Parts, part => part.SpentNanos != 0);
        Assert.Empty((await get.RunAsync(new GetSegmentsRequest { TimeZone = zone }, Cancellation)).Total.Parts);
    }

    /// <summary>Three models whose shares differ from day to day and from segment to segment; nothing is spent but what the days of the period say.</summary>
    private static ModelFacts Facts(OrganisationForecast forecast)
    {
        var (mixes, spent) = (new Dictionary<SegmentKey, RouteMix>(), new Dictionary<SegmentKey, List<RouteSpend>>());
        foreach (var segment in forecast.Teams.SelectMany(team => team.Segments))
        {
            var random = new Random(segment.Key.Workload.Length);
            mixes.Add(segment.Key, RouteMix.Of(segment.Key, [.. Enumerable.Range(RouteMix.Days - 40, 40).SelectMany(day => Models.Select(model =>
                new RouteDay(day, "openai", model, random.Next(1, 1000), 1, 1, 1, 0, 0)))]));
            spent.Add(segment.Key, [.. SpentOf(segment)]);
        }

        return new ModelFacts(mixes, spent);

        static IEnumerable<RouteSpend> SpentOf(SegmentPaths segment)
        {
            var whole = segment.Forecast.Series.Sum(June.Month, June.Today).CostNanos;
            return [new("openai", "large", whole / 3), new("openai", "mini", whole - whole / 3)];
        }
    }
}
