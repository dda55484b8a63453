using Cronos;
using Platform.Routing.Policies;

namespace Platform.Routing.Scheduled;

/// <summary>When a lane's work runs. Pure.</summary>
internal static class LaneWindows
{
    /// <summary>True when one of the windows is open: it opened no longer ago than it stays open. Without windows never: such a lane takes no work that waits.</summary>
    public static bool IsOpen(RouteLane lane, DateTimeOffset now) => lane.Windows.Any(window => IsOpen(window, now));

    /// <summary>When the next window opens; now when one is open; null: never.</summary>
    public static DateTimeOffset? OpensAt(RouteLane lane, DateTimeOffset now) =>
        IsOpen(lane, now) ? now : lane.Windows.Select(window => CronExpression.Parse(window.Cron).GetNextOccurrence(now, window.Zone)).Min();

    /// <summary>
    /// When the lane closes that is open now: of several windows that are open, or of one that opens again while it is open, the opening that closes last counts, and windows that open before
    /// that go on from there. With more windows than one, when it closes for the n-th time, that one counted. Now, when none is open.
    /// </summary>
    /// <remarks>Each window of the lane counts once in a row of windows that overlap, so a lane that never closes has an answer too.</remarks>
    public static DateTimeOffset ClosesAt(RouteLane lane, DateTimeOffset now, int windows)
    {
        var end = EndOf(lane, now);
        for (var more = windows - 1; more > 0 && OpensAt(lane, end) is { } opens; more--)
        {
            end = EndOf(lane, opens);
        }

        return end;
    }

    /// <summary>Now, when no window is open. One that opens when another closes is the next one.</summary>
    private static DateTimeOffset EndOf(RouteLane lane, DateTimeOffset now)
    {
        var (end, waiting) = (now, lane.Windows.ToList());
        for (var moment = now; ; moment = end.AddTicks(-1))
        {
            var looked = waiting.ConvertAll(window => (Window: window, Closes: LastOpened(window, moment) + window.Open));
            if (looked.Max(one => one.Closes) is not { } closes)
            {
                return end;
            }

            end = closes > end ? closes : end;
            waiting = [.. looked.Where(one => one.Closes is null).Select(one => one.Window)];
        }
    }

    private static bool IsOpen(RouteWindow window, DateTimeOffset now) => CronExpression.Parse(window.Cron).GetNextOccurrence(now - window.Open, window.Zone) <= now;

    /// <summary>Of a window that opens again before it has closed, the opening that closes last; null when it is closed.</summary>
    private static DateTimeOffset? LastOpened(RouteWindow window, DateTimeOffset now)
    {
        var cron = CronExpression.Parse(window.Cron);
        DateTimeOffset? last = null;
        for (var opened = cron.GetNextOccurrence(now - window.Open, window.Zone); opened <= now; opened = cron.GetNextOccurrence(opened.Value, window.Zone))
        {
            last = opened;
        }

        return last;
    }
}
