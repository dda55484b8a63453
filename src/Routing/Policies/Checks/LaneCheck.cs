using Cronos;
using Platform.Contracts;
using Platform.Contracts.Routing.V1;

namespace Platform.Routing.Policies.Checks;

internal static class LaneCheck
{
    private const int MaxWindows = 50;
    private const int MaxMinutes = 10_080;

    public static void Check(RoutePolicy policy, PolicyEntries entries, PolicyProblems problems)
    {
        problems.Distinct("lanes", policy.Lanes.Select(lane => lane.Name), "lane");
        for (var index = 0; index < policy.Lanes.Count; index++)
        {
            var lane = policy.Lanes[index];
            var place = PolicyProblems.Place("lanes", index, lane.Name);
            problems.Label($"{place}.name", lane.Name);
            if (lane.Route is not null)
            {
                TargetSetCheck.Check(lane.Route, $"{place}.route", entries, problems);
            }

            problems.Require(lane.Windows.Count <= MaxWindows, $"{place}.windows", $"must be at most {MaxWindows}; there are {lane.Windows.Count}.");
            for (var window = 0; window < lane.Windows.Count; window++)
            {
                CheckWindow(lane.Windows[window], $"{place}.windows[{window}]", problems);
            }
        }
    }

    private static void CheckWindow(Window window, string place, PolicyProblems problems)
    {
        problems.Range($"{place}.minutes", window.Minutes, 1, MaxMinutes);
        problems.Require(CalendarPeriod.TryFindZone(window.TimeZone, out _), $"{place}.time_zone", "is no IANA time zone; use a name such as UTC or Europe/Berlin.");
        try
        {
            problems.Require(window.Cron.Length <= 200, $"{place}.cron", "must have at most 200 characters.");
            var cron = CronExpression.Parse(window.Cron.Length <= 200 ? window.Cron : "", CronFormat.Standard);

            // Work would be accepted for it and wait for ever.
            problems.Require(cron.GetNextOccurrence(DateTime.UnixEpoch) is not null, $"{place}.cron", "names a day that no year has, so the window never opens.");
        }
        catch (CronFormatException exception)
        {
            problems.Add($"{place}.cron", $"must have five fields (minute hour day month weekday), for example '0 22 * * MON-FRI'. {exception.Message}");
        }
    }
}
