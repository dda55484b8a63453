using System.Collections.Concurrent;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Planning;

/// <summary>
/// Planned demand as it was drawn last, by team, beside the forecast that it is told with: an answer draws again only what changed since (an item, its price, what became of it). As many bytes a team
/// that plans as its futures by day take.
/// </summary>
internal sealed class DrawnPlans
{
    private readonly ConcurrentDictionary<string, (PricedItem[] Items, PlannedPaths Paths)> _teams = new(StringComparer.Ordinal);

    /// <param name="items">Of the team, in the order they are added in.</param>
    /// <param name="calendar">Of the forecast that this is beside: always the same.</param>
    public PlannedPaths Of(string teamId, IReadOnlyList<PricedItem> items, HorizonCalendar calendar)
    {
        if (!_teams.TryGetValue(teamId, out var drawn) || !drawn.Items.SequenceEqual(items))
        {
            _teams[teamId] = drawn = ([.. items], PlannedPaths.Of(items, calendar));
        }

        return drawn.Paths;
    }
}
