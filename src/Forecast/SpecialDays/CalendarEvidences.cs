using System.Globalization;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Segments;
using Platform.Forecasting.Calendar;

namespace Platform.Forecast.SpecialDays;

/// <summary>What calendars do to a forecast: what is looked for, in how many segments it shows, and what lies ahead.</summary>
internal static class CalendarEvidences
{
    /// <summary>Holidays are told to the end of so many months after this one.</summary>
    private const int MonthsTold = 1;

    /// <summary>A list that ends sooner than so many months ahead wants more days.</summary>
    private const int MonthsCovered = 3;

    /// <param name="teams">Those that are asked for.</param>
    /// <returns>Null where nothing is looked for in any of them.</returns>
    public static CalendarEvidence? Of(IReadOnlyList<TeamForecast> teams, TeamCalendars special, HorizonCalendar horizon)
    {
        DayCalendar[] calendars = [.. teams.Select(team => special.Of(team.TeamId)).OfType<DayCalendar>().DistinctBy(calendar => calendar.Number)];
        if (calendars.Length == 0)
        {
            return null;
        }

        LearntEffect[] learnt = [.. teams.SelectMany(team => team.Segments).SelectMany(segment => segment.Forecast.Outlook?.Learnt ?? [])];
        var holidays = calendars.Where(calendar => calendar.HolidaysOn).SelectMany(calendar => calendar.Holidays).DistinctBy(holiday => holiday.Day).OrderBy(holiday => holiday.Day).ToArray();
        var end = horizon.Month.AddMonths(1 + MonthsTold);
        return new CalendarEvidence
        {
            Number = calendars.Max(calendar => calendar.Number),
            Segments = teams.Where(team => special.Of(team.TeamId) is not null).Sum(team => team.Segments.Count(segment => segment.Forecast.Outlook is not null)),
            Effects =
            {
                new[]
                {
                    holidays.Length > 0 ? Effect("holidays", CalendarEffect.HolidaysName, learnt) : null,
                    calendars.Any(calendar => calendar.MonthEndsOn) ? Effect("month_ends", CalendarEffect.MonthEndName, learnt) : null,
                }.OfType<SpecialDayEffect>(),
            },
            Ahead =
            {
                holidays.Where(holiday => holiday.Day >= horizon.Today && holiday.Day < end)
                    .Select(holiday => new CalendarHoliday { Day = CalendarViews.Text(holiday.Day), Name = holiday.Name }),
            },
            LastHoliday = holidays.Length == 0 ? "" : CalendarViews.Text(holidays[^1].Day),
        };
    }

    /// <summary>For people; nothing where nothing is looked for.</summary>
    public static IEnumerable<string> Sentences(CalendarEvidence? evidence, HorizonCalendar horizon)
    {
        if (evidence is null)
        {
            yield break;
        }

        yield return Sentence(evidence);
        if (evidence.Ahead.Count > 0)
        {
            yield return $"Holidays to the end of next month: {string.Join(", ", evidence.Ahead.Select(holiday => holiday.Name.Length > 0 ? $"{holiday.Day} {holiday.Name}" : holiday.Day))}.";
        }

        if (evidence.LastHoliday.Length > 0 && string.CompareOrdinal(evidence.LastHoliday, CalendarViews.Text(horizon.Month.AddMonths(MonthsCovered))) < 0)
        {
            yield return $"The calendar knows no holiday after {evidence.LastHoliday}: kt forecast calendar set --holidays FILE adds those that come.";
        }
    }

    /// <summary>What is looked for, and where it shows.</summary>
    public static string Sentence(CalendarEvidence evidence) => string.Create(
        CultureInfo.InvariantCulture,
        $"The calendar (change {evidence.Number}) looks for {string.Join(" and ", evidence.Effects.Select(Plain))} in {evidence.Segments} segments: ")
        + string.Join("; ", evidence.Effects.Select(effect => effect.Segments == 0
            ? $"{Plain(effect)} show in none"
            : string.Create(CultureInfo.InvariantCulture, $"{Plain(effect)} show in {effect.Segments}, at {effect.Ratio:0.00} times what is usual in the middle one"))) + ".";

    private static SpecialDayEffect Effect(string name, string learntName, LearntEffect[] learnt)
    {
        double[] ratios = [.. learnt.Where(shown => shown.Name == learntName).Select(shown => shown.Ratio).Order()];
        return new SpecialDayEffect { Name = name, Segments = ratios.Length, Ratio = ratios.Length == 0 ? 1 : ratios[ratios.Length / 2] };
    }

    private static string Plain(SpecialDayEffect effect) => effect.Name.Replace('_', ' ');
}
