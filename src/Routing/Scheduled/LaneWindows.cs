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

    /// <summary>When the window that is open now closes, of several, or of one that opens again while it is open, the last; with more windows than one, when the n-th closes, that one counted. Now, when none is open.</summary>
    public static DateTimeOffset ClosesAt(RouteLane lane, DateTimeOffset now, int windows)
    {
        var end = EndOf(lane, now);
        for (var more = windows - 1; more > 0 && OpensAt(lane, end) is { } opens; more--)
        {
            end = EndOf(lane, opens);
        }

        return end;
    }

    private static DateTimeOffset EndOf(RouteLane lane, DateTimeOffset now) => lane.Windows.Select(window => LastOpened(window, now) + window.Open).Max() ?? now;

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
