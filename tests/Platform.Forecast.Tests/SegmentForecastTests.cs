using System.Globalization;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Segments;
using Platform.Forecasting.Preparation;
using static Platform.Forecast.Tests.Company;
using Growth = Platform.Forecast.Segments.Growth;
using SegmentBasis = Platform.Forecast.Segments.SegmentBasis;

namespace Platform.Forecast.Tests;

public sealed class SegmentForecastTests(ITestOutputHelper output)
{
    private static readonly OrganisationForecast Three = Ahead(
        June, Segment("team_a", "batch", 1, 120), Segment("team_a", "interactive", 2, 400), Segment("team_b", "interactive", 3, 60));

    [Fact]
    public void Segments_add_up_to_teams_in_every_path_to_the_nano_and_none_is_negative()
    {
        var pieces = June.PiecesOfDays();
        foreach (var team in Three.Teams)
        {
            for (var path = 0; path < JointPaths.Paths; path++)
            {
                var byPiece = new long[HorizonCalendar.Pieces];
                foreach (var (day, nanos) in team.Paths.Path(path).ToArray().Index())
                {
                    Assert.True(nanos >= 0);
                    byPiece[pieces[day]] += nanos;
                }

                Assert.Equal(byPiece, Enumerable.Range(0, HorizonCalendar.Pieces).Select(piece => team.Segments.Sum(segment => segment[path, piece])));
            }
        }
    }

    [Theory]
    [InlineData("2026-06-10")]
    [InlineData("2026-06-29")]
    [InlineData("2026-06-30")] // Nothing is left of its month.
    [InlineData("2027-12-31")]
    public void A_column_is_of_the_days_that_have_it(string today)
    {
        var calendar = new HorizonCalendar(June.Calendar, DateOnly.Parse(today, CultureInfo.InvariantCulture));
        foreach (var (column, range) in calendar.RangesOfColumns().Index())
        {
            Assert.Equal(calendar.ColumnsOfDays().Index().Where(day => day.Item.Contains(column)).Select(day => day.Index), Enumerable.Range(0, calendar.Days).Take(range));
        }
    }

    [Theory]
    [InlineData(PeriodKind.Month)]
    [InlineData(PeriodKind.NextMonth)]
    [InlineData(PeriodKind.Quarter)]
    [InlineData(PeriodKind.TwelveMonths)]
    [InlineData(PeriodKind.NextYear)]
    public void Growth_adds_up_to_what_is_expected_and_segments_to_teams_to_the_organisation(PeriodKind period)
    {
        var view = SegmentViews.Make(Now(Three), new GetSegmentsRequest { Period = period }, "USD");

        foreach (var growth in view.Segments.Select(segment => segment.Growth).Concat(view.Teams.Select(team => team.Growth)).Append(view.Total.Growth))
        {
            Assert.Equal(growth.ExpectedNanos, growth.SpentNanos + growth.LevelNanos + growth.CallsNanos + growth.TokensPerCallNanos + growth.PricePerTokenNanos);
        }

        Assert.Equal(view.Total.Growth.ExpectedNanos, view.Teams.Sum(team => team.Growth.ExpectedNanos));
        Assert.All(view.Teams, team => Assert.Equal(team.Growth.ExpectedNanos, view.Segments.Where(segment => segment.TeamId == team.TeamId).Sum(segment => segment.Growth.ExpectedNanos)));
        Assert.All(view.Segments, segment => Assert.True(segment.P10Nanos <= segment.P50Nanos && segment.P50Nanos <= segment.P90Nanos));
        Assert.True(view.Total.P90Nanos < view.Segments.Sum(segment => segment.P90Nanos));
    }

    [Theory]
    [InlineData("2026-01-31", "2027-02-01", 1, true)]
    [InlineData("2026-06-10", "2027-07-01", 6, true)]
    [InlineData("2026-11-01", "2027-12-01", 11, true)]
    [InlineData("2026-12-01", "2028-01-01", 12, false)]
    public void The_next_year_is_told_as_far_as_the_twelve_months_go_and_where_they_end_is_said(string today, string to, int months, bool isCut)
    {
        var calendar = new HorizonCalendar(Utc, DateOnly.Parse(today, System.Globalization.CultureInfo.InvariantCulture));
        var year = PeriodSpan.Of(PeriodKind.NextYear, calendar);
        var (end, sentence) = (DateOnly.Parse(to, System.Globalization.CultureInfo.InvariantCulture), LayeredForecasts.NextYearSentence(calendar));

        Assert.Equal((new DateOnly(2027, 1, 1), end, months, HorizonCalendar.Pieces), (year.From, year.To, year.EndPiece - year.FirstPiece, year.EndPiece));
        Assert.Equal(isCut, sentence.Length > 0);
        Assert.True(!isCut || sentence.StartsWith($"Of 2027 the forecast has the months to {end.AddDays(-1):yyyy-MM-dd}, where", StringComparison.Ordinal), sentence);
    }

    [Theory]
    [InlineData(PeriodKind.NextYear, 1)]
    [InlineData(PeriodKind.TwelveMonths, 0)]
    public void Segments_of_the_next_year_say_how_far_they_are_told(PeriodKind period, int notes)
    {
        var view = SegmentViews.Make(Now(Three), new GetSegmentsRequest { Period = period }, "USD");

        Assert.Equal(Enumerable.Repeat(LayeredForecasts.NextYearSentence(June), notes), view.Notes);
    }

    [Fact]
    public void The_same_days_give_the_same_paths_whoever_draws_them()
    {
        var again = Ahead(June, [.. Three.Teams.SelectMany(team => team.Segments).Select(segment => segment.Forecast.Series)]);

        Assert.Equal(Three.Teams.Count, again.Teams.Count);
        foreach (var (first, second) in Three.Teams.Zip(again.Teams))
        {
            Assert.All(Enumerable.Range(0, JointPaths.Paths), path => Assert.True(first.Paths.Path(path).SequenceEqual(second.Paths.Path(path))));
        }
    }

    [Fact]
    public void A_young_segment_has_its_own_level_and_its_teams_shape_and_says_so()
    {
        // A week from Wednesday to Tuesday at a tenth of what its sibling spends.
        var old = Segment("team_a", "interactive", 2, 200);
        var young = new SegmentSeries(new SegmentKey("team_a", "new", ""), June.Today.AddDays(-7), [.. old.Days.TakeLast(7).Select(day => Day(day.CostNanos / 1e10))]);
        var segments = Ahead(June, old, young).Teams[0].Segments;

        Assert.Equal(SegmentBasis.Borrowed, segments[1].Forecast.Basis);
        Assert.InRange(segments[1].Expected[1] / (double)segments[0].Expected[1], 0.08, 0.12);
        Assert.Contains("shape of its team", segments[1].Forecast.Outlook!.Findings[0].Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(13, false)]
    [InlineData(14, true)]
    [InlineData(20, true)]
    [InlineData(27, true)]
    public void A_segment_keeps_its_week_from_its_first_weeks_to_its_fourth(int days, bool isOwn)
    {
        bool IsWeekend(int daysFromToday) => June.Today.AddDays(daysFromToday).DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
        SegmentSeries Of(string workload, int length, double dollars)
        {
            var random = new Random(length);
            return new(new SegmentKey("team_a", workload, ""), June.Today.AddDays(-length),
                [.. Enumerable.Range(-length, length).Select(day => Day(dollars * (IsWeekend(day) ? 0.1 : 1) * (1 + 0.05 * Synthetic.Normal(random))))]);
        }

        var young = Ahead(June, Of("new", days, 30), Of("old", 100, 200)).Teams[0].Segments[0].Forecast;
        var ahead = Enumerable.Range(0, 28).ToLookup(IsWeekend, step => young.Outlook!.Centre(step));

        Assert.Equal(isOwn ? SegmentBasis.Own : SegmentBasis.Borrowed, young.Basis);
        Assert.True(ahead[true].Max() < 0.5 * ahead[false].Min());
    }

    [Fact]
    public void What_has_stopped_or_was_never_priced_is_expected_to_cost_nothing()
    {
        var stopped = new SegmentSeries(new SegmentKey("team_a", "old", ""), June.Today.AddDays(-100), [.. Enumerable.Repeat(Day(5), 60), .. new SegmentDay[40]]);
        var unpriced = new SegmentSeries(new SegmentKey("team_a", "unpriced", ""), June.Today.AddDays(-3), [.. Enumerable.Repeat(new SegmentDay(0, 5, 5, 10, 10), 3)]);
        var segments = Ahead(June, stopped, unpriced).Teams[0].Segments;

        Assert.Equal([SegmentBasis.Stopped, SegmentBasis.Unknown], segments.Select(segment => segment.Forecast.Basis));
        Assert.All(segments, segment => Assert.Equal(0, segment.Expected.Sum()));
    }

    [Fact]
    public void What_began_today_counts_as_spent()
    {
        var (key, forecast) = (new SegmentKey("team_c", "fresh", ""), Three);
        var now = new CurrentForecast(forecast, new Dictionary<SegmentKey, SegmentDay> { [key] = Day(3) }, Utc.StartOf(June.Today).AddHours(12));
        var view = SegmentViews.Make(now, new GetSegmentsRequest { TeamId = "team_c" }, "USD");

        Assert.Equal((3_000_000_000, 3_000_000_000), (view.Total.Growth.ExpectedNanos, view.Total.P50Nanos));
        Assert.Equal("unknown", view.Segments.Single().Basis.ToString().ToLowerInvariant());
    }

    [Fact]
    public void Tokens_that_grow_by_the_call_are_growth_of_tokens_and_not_of_calls()
    {
        // A hundred calls a day; tokens a call, and so cost, grow by three percent a week.
        var days = Enumerable.Range(0, 210).Select(day => (long)(1000 * Math.Pow(1.03, day / 7.0))).Select(tokens => new SegmentDay(tokens * 100 * 1000, 100, 0, tokens * 80, tokens * 20));
        var series = new SegmentSeries(new SegmentKey("team_a", "", ""), June.Today.AddDays(-210), [.. days]);
        var growth = Growth.Of(Now(Ahead(June, series)), Ahead(June, series).Teams[0].Segments[0], PeriodSpan.Of(PeriodKind.TwelveMonths, June));

        output.WriteLine(growth.ToString());
        Assert.True(growth.TokensNanos > 5 * Math.Abs(growth.CallsNanos));
        Assert.True(Math.Abs(growth.PriceNanos) < growth.TokensNanos / 10);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(20)]
    [InlineData(30)]
    [InlineData(60)]
    [InlineData(200)]
    public void What_never_grew_is_expected_to_grow_in_no_part_however_little_is_known_of_it(int known)
    {
        var series = new SegmentSeries(new SegmentKey("team_a", "", ""), June.Today.AddDays(-known), [.. Enumerable.Repeat(Day(100), known)]);
        var current = Now(Ahead(June, series));

        foreach (var period in new[] { PeriodKind.NextMonth, PeriodKind.TwelveMonths })
        {
            var growth = Growth.Of(current, current.Teams[0].Segments[0], PeriodSpan.Of(period, June));
            output.WriteLine($"{known} days, {period}: {growth}");
            Assert.All([growth.CallsNanos, growth.TokensNanos, growth.PriceNanos], part => Assert.InRange(part / (double)growth.LevelNanos, -0.02, 0.02));
        }
    }

    [Fact]
    public void A_single_day_that_got_out_of_hand_is_no_trend()
    {
        var usual = new SegmentSeries(new SegmentKey("team_a", "batch", ""), June.Today.AddDays(-120), [.. Enumerable.Range(0, 120).Select(day => Day(10 + day % 7 * 0.1))]);
        var burst = usual with { Days = [.. usual.Days.Select((day, place) => place == 100 ? Day(400) : day)] };
        var (plain, odd) = (SegmentForecaster.Make(usual, June.Days)!, SegmentForecaster.Make(burst, June.Days)!);

        Assert.Contains(odd.Outlook!.Findings, finding => finding is { Kind: FindingKind.Outlier, Position: 100 });
        Assert.Equal(plain.Cost.Slope, odd.Cost.Slope, 1e-6);
        Assert.Equal(plain.Cost.Wander, odd.Cost.Wander, 1e-6);
        Assert.Equal(plain.Calls.Slope, odd.Calls.Slope, 1e-4);
    }

    [Fact]
    public void What_is_odd_about_a_history_is_told_by_its_day()
    {
        SegmentDay[] days = [.. Enumerable.Range(0, 120).Select(day => Day(day == 100 ? 400 : day < 60 ? 10 + day % 7 * 0.1 : 30 + day % 7 * 0.3))];
        var view = SegmentViews.Make(Now(Ahead(June, new SegmentSeries(new SegmentKey("team_a", "batch", ""), June.Today.AddDays(-120), days))), new GetSegmentsRequest(), "USD");

        var findings = Assert.Single(view.Segments).Findings;
        Assert.Contains(findings, finding => finding.StartsWith("The value on 2026-05-21 is ", StringComparison.Ordinal));
        Assert.Contains(findings, finding => finding.StartsWith("The level changed on 2026-04-11, by ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_level_of_the_day_after_the_engines_four_weeks_is_hardly_less_sure_than_that_of_their_last_day()
    {
        var segment = Segment("team_a", "interactive", 2, 400);
        var paths = Ahead(June, segment).Teams[0].Paths;
        double Spread(int week)
        {
            double[] logs = [.. Enumerable.Range(0, paths.Count).Select(path => Math.Log(paths.Path(path)[(7 * week)..(7 * week + 7)].ToArray().Sum(nanos => (double)nanos)))];
            return Math.Sqrt(logs.Sum(log => Math.Pow(log - logs.Average(), 2)) / logs.Length);
        }

        output.WriteLine($"{Spread(3):0.000} {Spread(4):0.000} {Spread(5):0.000}");
        Assert.InRange(Spread(4) / Spread(3), 0.9, 1.25);
        Assert.True(Spread(12) > Spread(4));
    }

    [Fact]
    public void Bands_of_sums_hold_about_four_in_five_of_what_came()
    {
        var (inside, all) = (0, 0);
        var then = new HorizonCalendar(Utc, new DateOnly(2026, 6, 1));
        for (var company = 0; company < 40; company++)
        {
            // Five segments; a common mood of the company moves all of them.
            var random = new Random(company);
            var mood = 0.0;
            var moods = Enumerable.Range(0, 210).Select(_ => mood = 0.9 * mood + 0.05 * Synthetic.Normal(random)).ToArray();
            var full = Enumerable.Range(0, 5).Select(segment => Synthetic.Team(1000 + company * 5 + segment, 210).Select((dollars, day) => dollars * Math.Exp(moods[day])).ToArray()).ToArray();
            var forecast = Ahead(then, [.. full.Select((days, i) => new SegmentSeries(new SegmentKey($"team_{i / 3}", $"{i}", ""), then.Today.AddDays(-180), [.. days.Take(180).Select(Day)]))]);
            var view = SegmentViews.Make(Now(forecast, 0), new GetSegmentsRequest(), "USD");
            var came = full.Sum(days => days.Skip(180).Take(30).Sum(dollars => (long)(dollars * 1e9)));
            all++;
            inside += came >= view.Total.P10Nanos && came <= view.Total.P90Nanos ? 1 : 0;
        }

        output.WriteLine($"{inside} of {all} inside");
        Assert.InRange(inside / (double)all, 0.65, 0.95);
    }
}
