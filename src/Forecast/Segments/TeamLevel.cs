using Platform.Forecast.SpecialDays;
using Platform.Forecasting;
using Platform.Forecasting.Sampling;

namespace Platform.Forecast.Segments;

/// <summary>
/// The level of a team's segments together. The middle of their sum is not the sum of their middles: errors that are cut at nothing, as those of young segments are, would make a team dearer the more
/// segments it has. So the engine's rules say the middle of the team's own sum, as they say that of each segment, and all of its segments are moved there in proportion: they still add up.
/// </summary>
/// <param name="Month">What the rest of the running month is multiplied by.</param>
/// <param name="Later">What comes after it.</param>
internal readonly record struct TeamLevel(double Month, double Later)
{
    /// <summary>Of a sum that its own past and its segments' see so differently, one of them knows something that the other does not: the segments are left as they are.</summary>
    private const double MostMoved = 2;

    private static readonly TeamLevel AsItIs = new(1, 1);

    /// <param name="segments">Of one team.</param>
    /// <param name="own">The outlook of the sum of those with an outlook of their own; null: there is none.</param>
    /// <param name="special">Days that the sum is looked at for.</param>
    public static IReadOnlyList<SegmentForecast> Levelled(
        string teamId, IReadOnlyList<SegmentForecast> segments, SeriesOutlook? own, SharedErrors shared, HorizonCalendar calendar, DayCalendar? special)
    {
        SegmentForecast[] expected = [.. segments.Where(segment => segment.Outlook is not null)];
        if (expected.Length < 2 || OutlookOfSum(teamId, expected, own, calendar, special) is not { } sum)
        {
            return segments;
        }

        var left = Math.Min(HorizonCalendar.DaysLeftOfMonth(calendar.Today), SegmentForecaster.EngineDays);
        var level = Of(Middles([sum], teamId, default, left), Middles([.. expected.Select(segment => segment.Outlook!)], teamId, shared, left));
        return [.. segments.Select(segment => segment.Outlook is null ? segment : segment with { Outlook = segment.Outlook.Levelled(left, level.Month, level.Later) })];
    }

    private static TeamLevel Of((double Month, double All) team, (double Month, double All) segments)
    {
        var (month, all) = (team.Month / segments.Month, team.All / segments.All);
        return IsNear(month) && IsNear(all) ? new TeamLevel(month, all) : AsItIs;
    }

    private static bool IsNear(double factor) => factor is > 1 / MostMoved and < MostMoved;

    /// <summary>Of the days on which all of them were there: the step that a new segment makes is known from its own days. Null where these are fewer than four weeks, unless the whole team is as young.</summary>
    private static SeriesOutlook? OutlookOfSum(string teamId, SegmentForecast[] segments, SeriesOutlook? own, HorizonCalendar calendar, DayCalendar? special)
    {
        var (youngest, oldest) = (segments.Max(segment => segment.Series.FirstDay), segments.Min(segment => segment.Series.FirstDay));
        if (youngest == oldest && own is not null && segments.All(segment => segment.Basis == SegmentBasis.Own))
        {
            return own;
        }

        var days = calendar.Today.DayNumber - youngest.DayNumber;
        return youngest == oldest || days >= SegmentForecast.LevelDays
            ? SegmentForecaster.OutlookOf(SegmentSeries.Add(new SegmentKey(teamId, "", ""), [.. segments.Select(segment => segment.Series.Last(days))]), calendar.Days, special)
            : null;
    }

    /// <summary>The middle of a sum over what is left of the month, and over the engine's four weeks, errors hanging together as they will be drawn.</summary>
    private static (double Month, double All) Middles(SeriesOutlook[] outlooks, string teamId, SharedErrors shared, int left)
    {
        const int Days = SegmentForecaster.EngineDays;
        var (common, team, own) = (new double[Days + 2], new double[Days + 2], new double[Days + 2]);
        var (months, all, pair) = (new double[JointPaths.Paths], new double[JointPaths.Paths], new[] { new double[Days], new double[Days] });
        for (var path = 0; path < JointPaths.Paths; path += 2)
        {
            var random = new Randomness(Randomness.SeedOf(JointPaths.Seed ^ Randomness.SeedOf(teamId), (ulong)path));
            random.Fill(common);
            random.Fill(team);
            foreach (var outlook in outlooks)
            {
                random.Fill(own);
                for (var i = 0; i < own.Length; i++)
                {
                    own[i] = shared.OfOrganisation * common[i] + shared.OfTeam * team[i] + shared.Own * own[i];
                }

                outlook.DrawPair(own, pair[0], pair[1]);
                for (var i = 0; i < pair.Length; i++)
                {
                    for (var day = 0; day < Days; day++)
                    {
                        months[path + i] += day < left ? pair[i][day] : 0;
                        all[path + i] += pair[i][day];
                    }
                }
            }
        }

        return (Middle(months), Middle(all));
    }

    private static double Middle(double[] values)
    {
        Array.Sort(values);
        return Band.Quantile(values, 0.5);
    }
}
