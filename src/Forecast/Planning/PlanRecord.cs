using System.Globalization;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Planning;

/// <summary>A launch beside its plan.</summary>
/// <param name="DaysLate">Below zero: so many days early.</param>
/// <param name="Size">What it costs a day once it is whole, by what was planned at today's price.</param>
internal readonly record struct SeenLaunch(int DaysLate, double Size);

/// <summary>
/// How an organisation's plans come, by those that came. What has not started is drawn late as one of them was, or on its day, which counts as <see cref="OnTheirDay"/> launches beside theirs (a Dirichlet process around
/// the plan's own day; Ferguson 1973): without a record plans are believed as they are. Its size is moved by the mean of their logarithms, with as many beside them that came as planned. Pure.
/// </summary>
internal sealed record PlanRecord(IReadOnlyList<SeenLaunch> Launches)
{
    public static readonly PlanRecord None = new([]);

    /// <summary>Launches that the plan's own word is worth: of one that came late two thirds of the futures know nothing, of ten a sixth.</summary>
    public const int OnTheirDay = 2;

    /// <summary>The latest ones: how plans came years ago is another company's.</summary>
    private const int MostLaunches = 40;

    private const int MostDaysEarly = 14;
    private const int MostDaysLate = 56;

    /// <summary>So long a launch is looked at once all of it was to be there.</summary>
    private const int WholeDays = 28;

    /// <summary>And so long at least, where it is late.</summary>
    private const int LeastDays = 7;

    private const double LeastSeen = 0.1;

    /// <summary>Of what was planned: what growth and moods may bring by themselves where a launch is still told from them.</summary>
    private const double MostUsual = 0.25;

    /// <summary>A figure ten times as large is another plan, or a slip.</summary>
    private const double MostTimes = 10;

    /// <summary>What plans are multiplied by.</summary>
    public double Size { get; } = Math.Exp(Launches.Sum(launch => Math.Log(Math.Clamp(launch.Size, 1 / MostTimes, MostTimes))) / (Launches.Count + OnTheirDay));

    /// <param name="items">With their price a call.</param>
    /// <param name="segments">Of whatever teams.</param>
    /// <param name="today">The day that runs.</param>
    public static PlanRecord Of(IReadOnlyCollection<(PlanRow Item, double NanosPerCall)> items, IReadOnlyCollection<SegmentSeries> segments, DateOnly today)
    {
        if (items.Count == 0 || segments.Count == 0)
        {
            return None;
        }

        var known = segments.Min(segment => segment.FirstDay);
        var ofTeams = segments.ToLookup(segment => segment.Key.TeamId, StringComparer.Ordinal);
        var over = items.Where(item => IsOver(item.Item, today) && Before(item.Item) >= known && !items.Any(other => other.Item != item.Item && Meet(item.Item, other.Item, today)));
        return new PlanRecord([
            .. over.OrderByDescending(item => item.Item.StartsOn).ThenBy(item => item.Item.PlanId, StringComparer.Ordinal).Take(MostLaunches)
                .Select(item => Seen(item.Item, item.NanosPerCall, [.. ofTeams[item.Item.TeamId].Where(segment => item.Item.Named.Take(segment.Key))], today)).OfType<SeenLaunch>(),
        ]);
    }

    /// <summary>One future's: days that an item which has not been seen is late by.</summary>
    /// <param name="chance">0 to 1.</param>
    public int DaysLate(double chance, PlanRow item, DateOnly today)
    {
        var place = (int)(chance * (Launches.Count + OnTheirDay)) - OnTheirDay;

        // It was not seen until today, so that it is not there before.
        return place < 0 ? 0 : Math.Max(Launches[place].DaysLate, today.DayNumber - item.StartsOn.DayNumber);
    }

    /// <summary>For people; null without a record.</summary>
    public string? Sentence()
    {
        if (Launches.Count == 0)
        {
            return null;
        }

        int[] late = [.. Launches.Select(launch => launch.DaysLate).Where(days => days > 0).Order()];
        return string.Create(CultureInfo.InvariantCulture,
            $"{late.Length} of {Launches.Count} launches came late{(late.Length > 0 ? $", by a median of {Middle([.. late.Select(days => (double)days)]):0.#} days" : "")}, and they cost {Middle([.. Launches.Select(launch => launch.Size).Order()]):0.00} of what was planned (median): plans that have not started are drawn with that.");
    }

    public bool Equals(PlanRecord? other) => other is not null && Launches.SequenceEqual(other.Launches);

    public override int GetHashCode() => Launches.Aggregate(0, HashCode.Combine);

    /// <summary>All of it was to be there for four weeks; and it is as it was planned before it started, since a plan that was changed after it is none.</summary>
    private static bool IsOver(PlanRow item, DateOnly today) =>
        item.Active && Whole(item).AddDays(WholeDays) <= today && DateOnly.FromDateTime(item.ChangedAt.UtcDateTime) <= item.StartsOn;

    private static DateOnly Whole(PlanRow item) => item.StartsOn.AddDays(item.RampDays) is var whole && item.EndsOn < whole ? item.EndsOn.Value : whole;

    /// <summary>The first day of the level that it is held against.</summary>
    private static DateOnly Before(PlanRow item) => item.StartsOn.AddDays(-MostDaysEarly - SegmentForecast.LevelDays);

    private static DateOnly End(PlanRow item, DateOnly today) => Whole(item).AddDays(MostDaysLate + WholeDays) is var end && end < today ? end : today;

    /// <summary>What came would be the one's or the other's.</summary>
    private static bool Meet(PlanRow item, PlanRow other, DateOnly today) => item.Named.Meet(other.Named) && Before(item) < End(other, today) && other.StartsOn.AddDays(-MostDaysEarly) < End(item, today);

    /// <summary>The day and the size at which the planned course is nearest to what came above the level before (least squares); null where it is not seen, or could be the segments' own growth and moods.</summary>
    private static SeenLaunch? Seen(PlanRow item, double nanosPerCall, SegmentSeries[] segments, DateOnly today)
    {
        if (segments.Length == 0)
        {
            return null;
        }

        var (sum, end, first) = (SegmentSeries.Add(default, segments), End(item, today), item.StartsOn.AddDays(-MostDaysEarly));
        var days = end.DayNumber - first.DayNumber;
        var planned = item.CallsIn(item.StartsOn, end) * nanosPerCall;
        if (!(PlanProgress.UsualNanos(sum, first, days) <= MostUsual * planned))
        {
            return null;
        }

        var level = sum.Sum(Before(item), first).CostNanos / (double)SegmentForecast.LevelDays;
        double[] above = [.. Enumerable.Range(0, days).Select(day => sum.Sum(first.AddDays(day), first.AddDays(day + 1)).CostNanos - level)];
        var (best, seen, latest) = (0.0, default(SeenLaunch), Math.Min(MostDaysLate, days - MostDaysEarly - LeastDays));
        for (var late = -MostDaysEarly; late <= latest; late++)
        {
            var (product, square) = (0.0, 0.0);
            for (var day = 0; day < days; day++)
            {
                var course = item.CallsOn(first.AddDays(day - late)) * nanosPerCall;
                (product, square) = (product + course * above[day], square + course * course);
            }

            // What the course leaves unexplained is least where this is most.
            if (square > 0 && product > 0 && product * product / square > best)
            {
                (best, seen) = (product * product / square, new SeenLaunch(late, product / square));
            }
        }

        // At the edge of what is looked at it lies beyond.
        return seen.Size >= LeastSeen && seen.DaysLate > -MostDaysEarly && seen.DaysLate < latest ? seen : null;
    }

    private static double Middle(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
