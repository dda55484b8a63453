using Platform.Forecast.Controls;
using Platform.Forecast.Layers;
using Platform.Forecast.Segments;
using Platform.Forecast.SpecialDays;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>Calendars in the forecasts of teams, without a server.</summary>
public sealed class SpecialDayTests(ITestOutputHelper output)
{
    private const int Known = 300;

    /// <summary>One every three to five weeks, and two in the month and a half to come; none on a weekend. The tenth of June 2026 is a Wednesday.</summary>
    private static readonly DateOnly[] Days =
        [.. new[] { -280, -253, -232, -204, -176, -155, -121, -99, -72, -51, -29, 8, 21 }.Select(June.Today.AddDays).Where(day => day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday))];

    private static readonly TeamCalendars Holidays = Special(Calendar("", holidays: true, Days));

    [Fact]
    public void Holidays_that_show_in_the_past_are_forecast_on_their_day_and_say_so()
    {
        var series = WithHolidays(1, 0.1);
        var (with, without) = (Ahead(June, Holidays, [series]), Ahead(June, series));
        var (day, before) = (June.Today.AddDays(8), June.Today.AddDays(1));

        Assert.InRange(Mean(with, day) / Mean(without, day), 0.05, 0.25);
        Assert.InRange(Mean(with, before) / Mean(without, before), 0.8, 1.25);

        var evidence = CalendarEvidences.Of(with.Teams, Holidays, June)!;
        Assert.Equal((5, 1, "holidays", 1), (evidence.Number, evidence.Segments, evidence.Effects.Single().Name, evidence.Effects.Single().Segments));
        Assert.InRange(evidence.Effects.Single().Ratio, 0.05, 0.2);
        Assert.Equal(["2026-06-18", "2026-07-01"], evidence.Ahead.Select(holiday => holiday.Day));
        Assert.Matches(
            @"^The calendar \(change 5\) looks for holidays in 1 segments: holidays show in 1, at 0\.\d\d times what is usual in the middle one\.$", CalendarEvidences.Sentence(evidence));
        Assert.Contains(CalendarEvidences.Sentences(evidence, June), sentence => sentence.StartsWith("The calendar knows no holiday after 2026-07-01", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_is_other_to_the_nano_where_nothing_is_looked_for_or_nothing_shows()
    {
        SegmentSeries[] series = [Segment("team_a", "interactive", 2, 200), Segment("team_b", "batch", 3, 10)];
        var plain = Ahead(June, series);

        // Switched off, and days that never were.
        Assert.True(SamePaths(plain, Ahead(June, Special(Calendar("", holidays: false, Days)), series)));
        Assert.True(SamePaths(plain, Ahead(June, Special(Calendar("", holidays: true, new DateOnly(2031, 1, 1))), series)));
        Assert.Null(CalendarEvidences.Of(plain.Teams, Special(Calendar("", holidays: false, Days)), June));
    }

    [Fact]
    public void The_same_days_and_calendar_give_the_same_paths()
    {
        SegmentSeries[] series = [WithHolidays(4, 0.2), WithHolidays(5, 0.3, "team_b")];

        Assert.True(SamePaths(Ahead(June, Holidays, series), Ahead(June, Holidays, series)));
    }

    [Fact]
    public void A_teams_own_calendar_stands_in_the_place_of_the_organisations()
    {
        SegmentSeries[] series = [WithHolidays(6, 0.1), WithHolidays(7, 0.1, "team_b")];
        var own = Ahead(June, Special(Calendar("", holidays: true, Days), Calendar("team_b", holidays: false, Days)), series);

        Assert.NotEmpty(own.Teams[0].Segments[0].Forecast.Outlook!.Learnt);
        Assert.Empty(own.Teams[1].Segments[0].Forecast.Outlook!.Learnt);
    }

    [Fact]
    public void A_holiday_on_a_weekday_that_is_quiet_anyway_is_a_day_like_any_other()
    {
        // The thirteenth of June 2026 is a Saturday.
        var calendar = Calendar("", holidays: true, [June.Today.AddDays(3), .. Days]);
        var series = Series("team_a", 1, day => Days.Contains(day) ? 0.1 : day.DayOfWeek is DayOfWeek.Saturday ? 0.3 : 1);

        Assert.Equal(Days.Length, calendar.EffectsOf(series, 60).Single().Steps.Count);
        Assert.DoesNotContain(Known + 3, calendar.EffectsOf(series, 60).Single().Steps);
    }

    [Fact]
    public void Month_ends_are_forecast_far_ahead_and_are_no_part_of_the_pattern_between_them()
    {
        var series = Series("team_a", 8, day => day.AddDays(1).Day == 1 ? 4 : 1);
        var (with, without) = (Ahead(June, Special(Calendar("", false) with { MonthEndsOn = true }), [series]), Ahead(June, series));
        var august = new DateOnly(2026, 8, 31);

        Assert.InRange(Mean(with, august) / Mean(with, august.AddDays(-7)), 2.5, 5.5);
        Assert.InRange(Mean(without, august) / Mean(without, august.AddDays(-7)), 0.6, 1.6);
    }

    [Fact]
    public void A_week_of_holidays_is_no_decline()
    {
        // The last ten days before today, and the same of the winter before.
        DateOnly[] weeks = [.. Enumerable.Range(-10, 10).Concat(Enumerable.Range(-190, 10)).Select(June.Today.AddDays)];
        var calendar = Calendar("", holidays: true, weeks);
        var series = Series("team_a", 9, day => weeks.Contains(day) ? 0.15 : 1);
        var (with, without) = (SegmentForecaster.Make(series, June.Days, calendar)!, SegmentForecaster.Make(series, June.Days)!);

        Assert.True(with.Cost.Slope > without.Cost.Slope);
        Assert.True(with.Calls.Slope > without.Calls.Slope);
        Assert.Equal(without.PricePerToken, with.PricePerToken);
    }

    [Fact]
    public void Months_with_holidays_are_nearer_to_what_comes_with_their_calendar()
    {
        var (with, without) = (0.0, 0.0);
        for (var seed = 0; seed < 16; seed++)
        {
            var series = WithHolidays(seed, 0.05, days: Known + 28);
            var (known, came) = (series with { Days = [.. series.Days.Take(Known)] }, series.Days.Skip(Known).Select(day => (double)day.CostNanos).ToArray());
            with += Error(SegmentForecaster.Make(known, June.Days, Holidays.Of(""))!, came);
            without += Error(SegmentForecaster.Make(known, June.Days)!, came);
        }

        output.WriteLine($"{with / 16:0.000} with, {without / 16:0.000} without");
        Assert.True(with < 0.92 * without);
    }

    [Fact]
    public void A_holiday_after_a_change_is_no_effect_of_it()
    {
        // Nothing changes eight days ago but that two of the days after it are holidays.
        DateOnly[] days = [.. Days.Where(day => day < June.Today), June.Today.AddDays(-6), June.Today.AddDays(-5)];
        var series = Series("team_a", 3, day => days.Contains(day) ? 0.05 : 1);
        var (with, without) = (
            EffectViews.Make(series, June.Today.AddDays(-7), 28, Calendar("", holidays: true, days)), EffectViews.Make(series, June.Today.AddDays(-7), 28));

        Assert.True(Math.Abs(with.Share.Middle) < Math.Abs(without.Share.Middle));
        Assert.Contains("holidays were expected to be otherwise", with.Sentence, StringComparison.Ordinal);
    }

    /// <summary>Sum of the days' errors by the sum of what came.</summary>
    private static double Error(SegmentForecast forecast, double[] came) => came.Select((nanos, day) => Math.Abs(forecast.Outlook!.Centre(day) - nanos)).Sum() / came.Sum();

    private static double Mean(OrganisationForecast forecast, DateOnly day) => Enumerable.Range(0, JointPaths.Paths)
        .Average(path => forecast.Teams.Sum(team => (double)team.Paths.Path(path)[day.DayNumber - June.Today.DayNumber]));

    private static bool SamePaths(OrganisationForecast left, OrganisationForecast right) => left.Teams.Zip(right.Teams)
        .All(pair => Enumerable.Range(0, JointPaths.Paths).All(path => pair.First.Paths.Path(path).SequenceEqual(pair.Second.Paths.Path(path))));

    private static SegmentSeries WithHolidays(int seed, double factor, string team = "team_a", int days = Known) => Series(team, seed, day => Days.Contains(day) ? factor : 1, days);

    private static SegmentSeries Series(string team, int seed, Func<DateOnly, double> factor, int days = Known)
    {
        var first = June.Today.AddDays(-Known);

        // The made weeks begin with a Monday.
        var shift = ((int)first.DayOfWeek + 6) % 7;
        return new SegmentSeries(
            new SegmentKey(team, "interactive", ""), first, [.. Synthetic.Team(seed, days + shift).Skip(shift).Select((dollars, day) => Day(dollars * factor(first.AddDays(day))))]);
    }

    private static TeamCalendars Special(params DayCalendar[] calendars) => new(5, calendars.ToDictionary(calendar => calendar.TeamId));

    private static DayCalendar Calendar(string team, bool holidays, params DateOnly[] days) =>
        new(5, team, true, holidays, false, [.. days.Order().Select(day => new Holiday(day, ""))], "", default, "key_1");
}
