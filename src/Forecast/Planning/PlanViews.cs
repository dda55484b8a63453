using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Planning;

/// <summary>A plan item as it is answered. Pure.</summary>
internal static class PlanViews
{
    private const int MostNames = 10;

    /// <param name="currency">The organisation's; empty where no amount is answered.</param>
    /// <param name="progress">Null where nothing is known of what came.</param>
    /// <param name="today">The day that runs, where progress is given.</param>
    public static PlanItemView Of(PlanRow row, PlanPrice price, string currency, string segmentNote = "", PlanProgress? progress = null, DateOnly today = default)
    {
        var view = new PlanItemView
        {
            Item = row.ToItem(),
            Active = row.Active,
            PriceNote = price.Note,
            Currency = currency,
            SegmentNote = segmentNote,
            Status = row.Active ? "planned" : "removed",
            ChangedAt = row.ChangedAt.ToTimestampUtc(),
            ChangedBy = row.ChangedBy,
        };
        if (price.NanosPerCall is { } nanos)
        {
            view.CostPerCallNanos = Nanos.FromForecast(nanos);
            view.CostPerDayNanos = Nanos.FromForecast(nanos * row.CallsPerDay);
        }

        if (progress is not null)
        {
            view.Status = progress.Status.ToString().ToLowerInvariant();
            if (row.StartsOn < today)
            {
                (view.PlannedToDateNanos, view.ActualToDateNanos) = (progress.PlannedNanos, progress.ActualNanos);
            }

            if (progress.IsHidden)
            {
                view.SegmentNote += $"{(segmentNote.Length > 0 ? " " : "")}{(progress.IsOfFewDays
                    ? "Too few days are known from before its start to tell what it brought: four weeks after it, it is taken to be in the level of its segments."
                    : "It is too small to be told from the growth and moods of its segments: four weeks after its start it is taken to be in their level.")}";
            }
        }

        return view;
    }

    /// <summary>What an item names that no call of its team has had: a launch that opens a lane, or a slip. Empty where there is nothing to say.</summary>
    /// <param name="known">The team's; of one that has used nothing nothing is known.</param>
    public static string SegmentNote(NamedSegments named, IReadOnlyCollection<SegmentKey> known)
    {
        if (known.Count == 0 || known.Any(named.Take))
        {
            return "";
        }

        const string until = "Until one has, the item is in no segment's figures, and counts whole from its start on.";
        return !known.Any(key => named.Lane.Length == 0 || key.Lane == named.Lane)
            ? $"No call of team {named.TeamId} has been in lane {named.Lane}; there were calls in {Names(known.Select(key => key.Lane), "no lane")}. {until}"
            : !known.Any(key => named.Workload.Length == 0 || key.Workload == named.Workload)
            ? $"No call of team {named.TeamId} has had workload {named.Workload}; there were calls of {Names(known.Select(key => key.Workload), "no workload")}. {until}"
            : $"No call of team {named.TeamId} with workload {named.Workload} has been in lane {named.Lane}. {until}";
    }

    private static string Names(IEnumerable<string> names, string none)
    {
        string[] all = [.. names.Distinct().Order(StringComparer.Ordinal).Select(name => name.Length > 0 ? name : none)];
        return string.Join(", ", all.Take(MostNames)) + (all.Length > MostNames ? $" and {all.Length - MostNames} more" : "");
    }
}
