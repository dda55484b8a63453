using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Accuracy;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Publishing;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.Variances;
using Platform.Forecast.Versions;
using static Platform.Forecast.Tests.Usage;
using Growth = Platform.Contracts.Forecast.V1.Growth;

namespace Platform.Forecast.Tests;

/// <summary>Money without tokens is money of the period that it is dated in, to the nano in every answer, and changes nothing else.</summary>
public sealed class AdjustmentTests : IAsyncLifetime
{
    private const long Given = -2_500_000_001;
    private const long Charged = 700_000_003;
    private const long ChargedToday = 40_000_007;
    private const long InMay = 900_000_011;

    // Of the thirty-first of May in UTC, and of the first of June in Berlin.
    private const long AtTheTurn = 50_000_013;
    private static readonly DateTimeOffset Now = Utc("2026-06-10T15:20:00");
    private ForecastFixture _forecast = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _forecast = await ForecastFixture.CreateAsync(Now, Cancellation);
        _forecast.Organisation.Teams.AddRange(["team_search", "team_support", "team_quiet"]);
        _forecast.Organisation.Prices.Add(new PriceRow { Provider = "openai", Model = "gpt-4o-mini", Tier = "standard", Currency = "USD", InputPerMillion = 150_000_000, EffectiveFrom = Utc("2026-01-01T00:00:00").ToTimestampUtc() });
        await _forecast.AddHistoryAsync(Now, 75, Cancellation, ("team_search", "interactive", 1), ("team_support", "interactive", 2), ("team_support", "batch", 3));
        await _forecast.Get<ChangePlan>().SetAsync(
            new SetItemRequest
            {
                IdempotencyKey = "launch",
                Item = new PlanItem { PlanId = "launch", Name = "Launch", TeamId = "team_support", Workload = "new", Model = "gpt-4o-mini", StartsOn = "2026-06-20", CallsPerDay = 1001, InputTokens = 777 },
            },
            "key_1", Cancellation);
    }

    public async ValueTask DisposeAsync() => await _forecast.DisposeAsync();

    [Theory]
    [InlineData("", "", Given + Charged + ChargedToday, ChargedToday, InMay + AtTheTurn)]
    [InlineData("team_support", "", Given + ChargedToday, ChargedToday, AtTheTurn)]
    [InlineData("team_search", "", Charged, 0, InMay)]
    [InlineData("", "Europe/Berlin", Given + Charged + ChargedToday + AtTheTurn, ChargedToday, InMay)]
    public async Task Periods_move_by_what_is_dated_in_them_and_nothing_else_does(string team, string zone, long month, long today, long before)
    {
        var (was, wasLayers) = (await ForecastAsync(team, zone), await LayersAsync(team, zone));
        await AdjustAsync();
        var (now, layers) = (await ForecastAsync(team, zone), await LayersAsync(team, zone));

        Assert.Equal(was.MonthToDateNanos + month, now.MonthToDateNanos);
        Assert.Equal(
            (was.MonthEndP10Nanos + month, was.MonthEndP50Nanos + month, was.MonthEndP90Nanos + month), (now.MonthEndP10Nanos, now.MonthEndP50Nanos, now.MonthEndP90Nanos));
        Assert.Equal((was.DailyRunRateNanos, was.HistoryDays, was.Model, was.Scores), (now.DailyRunRateNanos, now.HistoryDays, now.Model, now.Scores));
        Assert.Equal((was.Days[0].P10Nanos + today, was.Days[0].P50Nanos + today, was.Days[0].P90Nanos + today), (now.Days[0].P10Nanos, now.Days[0].P50Nanos, now.Days[0].P90Nanos));
        Assert.Equal(was.Days.Skip(1), now.Days.Skip(1));
        Assert.DoesNotContain(was.Explanation.Split(' ').Concat(wasLayers.Notes), said => said.Contains("tokens", StringComparison.Ordinal));
        Assert.Contains($"Of what this month has cost {new Money(month).ToRoundedString("USD")} USD are money without tokens", now.Explanation, StringComparison.Ordinal);
        Assert.Contains(layers.Notes, note => note.StartsWith($"Of what this month has cost {new Money(month).ToRoundedString("USD")} USD are money without tokens", StringComparison.Ordinal));
        Assert.Contains(layers.Notes, note => note.StartsWith($"Of what this quarter has cost {new Money(month + before).ToRoundedString("USD")} USD are", StringComparison.Ordinal));

        Assert.Equal((wasLayers.Periods.Count, wasLayers.Months.Count), (layers.Periods.Count, layers.Months.Count));
        foreach (var (old, period) in wasLayers.Periods.Concat(wasLayers.Months).Zip(layers.Periods.Concat(layers.Months)))
        {
            var moved = period.Kind switch
            {
                PeriodKind.Month => month,
                PeriodKind.Quarter => month + before,
                PeriodKind.Unspecified when period.PeriodStart == layers.Months[0].PeriodStart => month,
                _ => 0,
            };
            Assert.Equal(moved, period.AdjustmentNanos);
            foreach (var (oldFigures, figures) in old.Layers.Zip(period.Layers))
            {
                Assert.Equal(figures.Layer is Layer.Baseline or Layer.Total ? Moved(oldFigures, moved) : oldFigures, figures);
            }

            Assert.Equal(period.Layers[4].ToDateNanos, period.Layers.Take(4).Sum(layer => layer.ToDateNanos));
            Assert.Equal(period.Layers[4].ExpectedNanos, period.Layers.Take(4).Sum(layer => layer.ExpectedNanos));
            Assert.Equal(period.Growth.ExpectedNanos, period.Layers[0].ExpectedNanos + period.Layers[1].ExpectedNanos + period.Layers[3].ExpectedNanos);
            Assert.Equal(new Growth(old.Growth) { SpentNanos = old.Growth.SpentNanos + moved, ExpectedNanos = old.Growth.ExpectedNanos + moved }, period.Growth);
        }

        // The month is its days.
        var series = await _forecast.Get<GetSeries>().RunAsync(new GetSeriesRequest { TeamId = team, Days = 20, TimeZone = zone }, Cancellation);
        var days = series.Days.Where(day => day.Date.StartsWith("2026-06", StringComparison.Ordinal)).ToArray();
        Assert.Equal((now.MonthToDateNanos, month), (days.Sum(day => day.CostNanos), days.Sum(day => day.AdjustmentNanos)));
    }

    [Fact]
    public async Task Sums_of_segments_have_what_is_of_no_segment_and_teams_and_parts_add_up()
    {
        var request = new GetSegmentsRequest { ByModel = true };
        var was = await _forecast.Get<GetSegments>().RunAsync(request, Cancellation);
        await AdjustAsync();
        await AdjustAsync(new Adjusted("team_quiet", Now.AddDays(-1), 11, ""));
        var now = await _forecast.Get<GetSegments>().RunAsync(request, Cancellation);
        var total = (await LayersAsync("", "")).Periods[0];

        Assert.Equal(was.Segments, now.Segments);
        Assert.Equal(["team_quiet", "team_search", "team_support"], now.Teams.Select(team => team.TeamId));
        Assert.Equal([11, Charged, Given + ChargedToday], now.Teams.Select(team => team.AdjustmentNanos));
        Assert.Equal((total.Growth, total.AdjustmentNanos), (now.Total.Growth, now.Total.AdjustmentNanos));
        Assert.Equal(total.Layers[4].ToDateNanos, now.Teams.Sum(team => team.Growth.SpentNanos));
        foreach (var sum in now.Teams.Append(now.Total))
        {
            var segments = now.Segments.Where(segment => sum.TeamId.Length == 0 || segment.TeamId == sum.TeamId).ToArray();
            Assert.Equal(sum.Growth.SpentNanos, segments.Sum(segment => segment.Growth.SpentNanos) + sum.AdjustmentNanos);
            Assert.Equal((sum.Growth.SpentNanos, sum.Growth.ExpectedNanos), (sum.Parts.Sum(part => part.SpentNanos), sum.Parts.Sum(part => part.ExpectedNanos)));
        }

        Assert.Equal(Given, now.Teams[2].Parts.Single(part => part.Model.Length == 0).SpentNanos);
    }

    [Fact]
    public async Task A_variance_tells_them_with_corrections_and_adds_up_to_the_nano()
    {
        var (wasMonth, wasForecast) = (await VarianceAsync(Comparison.Month, "2026-05-20"), await VarianceAsync(Comparison.Forecast, ""));
        await AdjustAsync();
        var (month, ahead) = (await VarianceAsync(Comparison.Month, "2026-05-20"), await VarianceAsync(Comparison.Forecast, ""));

        Assert.Equal(wasMonth.Total.CurrentNanos + InMay + AtTheTurn, month.Total.CurrentNanos);
        Assert.Equal((0, InMay + AtTheTurn), Corrections(month));
        Assert.Equal(Others(wasMonth), Others(month));

        // From the whole of May to what June is expected to come to: what the forecast says.
        Assert.Equal((await LayersAsync("", "")).Periods[0].Layers[4].ExpectedNanos, ahead.Total.CurrentNanos);
        Assert.Equal(wasForecast.Total.BeforeNanos + InMay + AtTheTurn, ahead.Total.BeforeNanos);
        Assert.Equal((InMay + AtTheTurn, Given + Charged + ChargedToday), Corrections(ahead));
        Assert.Equal(Others(wasForecast), Others(ahead));
        foreach (var report in new[] { month, ahead })
        {
            Assert.All(report.Teams.Append(report.Total), sum => Assert.Equal(sum.ChangeNanos, sum.Items.Sum(item => item.ChangeNanos)));
            Assert.Equal(report.Total.CurrentNanos, report.Teams.Sum(team => team.CurrentNanos));
        }
    }

    [Fact]
    public async Task A_version_has_them_in_its_periods_and_one_that_comes_late_makes_another()
    {
        var first = (await _forecast.Get<PublishForecasts>().RunAsync(Cancellation))!;
        var before = await MonthAsync(first.Version);
        await AdjustAsync();
        _forecast.Time.Advance(TimeSpan.FromMinutes(10));
        var second = (await _forecast.Get<PublishForecasts>().RunAsync(Cancellation))!;
        var (after, layers) = (await MonthAsync(second.Version), await LayersAsync("", ""));

        Assert.Equal(PublicationReason.UsageChange, second.Reason);
        Assert.Equal(layers.Periods[0].Layers, after.Layers);
        Assert.Equal(before.Layers[4].ToDateNanos + Given + Charged + ChargedToday, after.Layers[4].ToDateNanos);
        Assert.Equal(before.RunRateNanos - before.Layers[4].ToDateNanos, after.RunRateNanos - after.Layers[4].ToDateNanos, 1e9);
    }

    [Fact]
    public async Task A_comparison_of_versions_tells_them_apart_from_what_demand_moved()
    {
        var first = (await _forecast.Get<PublishForecasts>().RunAsync(Cancellation))!;
        await AdjustAsync();
        _forecast.Time.Advance(TimeSpan.FromMinutes(10));
        var second = (await _forecast.Get<PublishForecasts>().RunAsync(Cancellation))!;
        var (month, next) = (await CompareAsync(first.Version, second.Version, ""), await CompareAsync(first.Version, second.Version, "2026-07"));

        Assert.Equal(Given + Charged + ChargedToday, month.Total.AdjustmentNanos);
        Assert.Equal(month.Total.DifferenceNanos, month.Differences.Sum(difference => difference.DifferenceNanos));
        Assert.Equal(month.Total.AdjustmentNanos, month.Differences.Sum(difference => difference.AdjustmentNanos));
        Assert.Equal((Given + ChargedToday, Charged), (OfBaseline("team_support"), OfBaseline("team_search")));
        Assert.All(month.Differences.Where(difference => difference.Layer != Layer.Baseline), difference => Assert.True(difference is { HasAdjustmentNanos: true, AdjustmentNanos: 0 }));
        Assert.True(next.Total is { HasAdjustmentNanos: true, AdjustmentNanos: 0 });
        Assert.Equal((-(Given + Charged + ChargedToday), 0), ((await CompareAsync(second.Version, first.Version, "")).Total.AdjustmentNanos, (await CompareAsync(second.Version, second.Version, "")).Total.AdjustmentNanos));

        // The quarter has what is dated in May too.
        var quarter = (await _forecast.Get<ShowVersions>().GetAsync(new GetVersionRequest { Version = second.Version }, Cancellation)).Targets.First(target => target.Kind == "quarter");
        Assert.Equal(Given + Charged + ChargedToday + InMay + AtTheTurn, quarter.AdjustmentNanos);

        long OfBaseline(string team) => month.Differences.Single(difference => difference.TeamId == team && difference.Layer == Layer.Baseline).AdjustmentNanos;
    }

    [Fact]
    public async Task A_score_holds_a_version_against_all_that_came_and_what_comes_after_the_count_is_late()
    {
        await _forecast.Get<PublishForecasts>().RunAsync(Cancellation);
        await AdjustAsync(new Adjusted("team_search", Now.AddDays(1), Charged, "gpt-4o-mini"));
        await _forecast.AddHistoryAsync(Now.AddDays(7), 7, Cancellation, ("team_search", "interactive", 1), ("team_support", "interactive", 2));
        _forecast.Time.Advance(TimeSpan.FromDays(7));
        await _forecast.Get<PublishForecasts>().RunAsync(Cancellation);
        await AdjustAsync(new Adjusted("team_search", Now.AddDays(1), Given, ""));

        var report = await _forecast.Get<GetAccuracy>().RunAsync(new GetAccuracyRequest { TeamId = "team_search" }, Cancellation);
        var series = await _forecast.Get<GetSeries>().RunAsync(new GetSeriesRequest { TeamId = "team_search", Days = 20 }, Cancellation);
        var day = series.Days.Single(day => day.Date == "2026-06-11");
        var judged = report.Rows.Where(row => row is { Kind: "day", Lead: 1, Layer: Layer.Total or Layer.Baseline }).ToArray();
        Assert.Equal(2, judged.Length);
        Assert.All(judged, row => Assert.Equal((1, day.CostNanos - Given), (row.Targets, row.ActualNanos)));
        Assert.Equal(Charged + Given, day.AdjustmentNanos);
        Assert.Equal(Given, report.LateNanos);
    }

    [Fact]
    public void Simple_rules_add_what_is_ahead_to_more_that_was_given_back_than_spent()
    {
        var today = new DateOnly(2026, 6, 10);
        var history = new ScopeHistory(today, [.. Enumerable.Repeat(new SegmentDay(5, 1, 0, 10, 3), 7)]);
        var span = new PeriodSpan(new DateOnly(2026, 6, 1), new DateOnly(2026, 6, 13), 0, 1);

        Assert.Equal((-100 + 15, -100 + 15), NaiveFigures.Of(history, span, -100, 1));
        Assert.Equal((100 + 15, 100 + 15), NaiveFigures.Of(history, span, 100, 1));
    }

    private static LayerFigures Moved(LayerFigures figures, long by) => new()
    {
        Layer = figures.Layer, ToDateNanos = figures.ToDateNanos + by, ExpectedNanos = figures.ExpectedNanos + by, P10Nanos = figures.P10Nanos + by, P50Nanos = figures.P50Nanos + by,
        P90Nanos = figures.P90Nanos + by,
    };

    private static (long Before, long Current) Corrections(VarianceReport report) =>
        report.Total.Items.Single(item => item.Driver == VarianceDriver.Corrections) is var item ? (item.BeforeNanos, item.CurrentNanos) : default;

    private static (VarianceDriver, VarianceClass, long)[] Others(VarianceReport report) =>
        [.. report.Total.Items.Where(item => item.Driver != VarianceDriver.Corrections).Select(item => (item.Driver, item.Class, item.ChangeNanos))];

    private Task AdjustAsync() => AdjustAsync(
        new("team_support", Utc("2026-06-02T10:00:00"), Given, ""), new("team_search", Utc("2026-06-03T10:00:00"), Charged, "gpt-4o-mini"),
        new("team_support", Now.AddMinutes(-1), ChargedToday, "gpt-4o-mini"), new("team_search", Utc("2026-05-10T10:00:00"), InMay, "gpt-4o-mini"),
        new("team_support", Utc("2026-05-31T23:30:00"), AtTheTurn, ""));

    private async Task AdjustAsync(params IEnumerable<Adjusted> adjustments) => await _forecast.Usage.AddAsync(
        Batch([.. adjustments.Select(made => Call(made.At, made.Nanos, made.Team, made.Model, FundingClass.External) with { Calls = 0, Workload = "", InputTokens = 0, OutputTokens = 0 })]),
        _forecast.Time.GetUtcNow(), Cancellation);

    private Task<ForecastView> ForecastAsync(string team, string zone) => _forecast.Get<GetForecast>().RunAsync(new GetForecastRequest { TeamId = team, TimeZone = zone }, Cancellation);

    private Task<LayeredForecast> LayersAsync(string team, string zone) => _forecast.Get<GetLayers>().RunAsync(new GetLayersRequest { TeamId = team, TimeZone = zone }, Cancellation);

    private Task<VarianceReport> VarianceAsync(Comparison comparison, string at) => _forecast.Get<GetVariance>().RunAsync(new GetVarianceRequest { Comparison = comparison, At = at }, Cancellation);

    private Task<VersionComparison> CompareAsync(long from, long to, string month) =>
        _forecast.Get<CompareVersions>().RunAsync(new CompareVersionsRequest { FromVersion = from, ToVersion = to, Month = month }, Cancellation);

    private async Task<TargetFigures> MonthAsync(long version) =>
        (await _forecast.Get<ShowVersions>().GetAsync(new GetVersionRequest { Version = version }, Cancellation)).Targets.First(target => target.Kind == "month");

    private readonly record struct Adjusted(string Team, DateTimeOffset At, long Nanos, string Model);
}
