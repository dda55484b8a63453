using Platform.Metering.Queries;

namespace Platform.Metering.Folding;

/// <summary>A span of three hours or a week of UTC whose sums are added up behind the intake.</summary>
internal readonly record struct FoldPeriod(RollupGrain Grain, DateTimeOffset Start) : IComparable<FoldPeriod>
{
    public static readonly RollupGrain[] Grains = [RollupGrain.CallerThreeHours, RollupGrain.CallerWeek];

    /// <summary>The last moment at or before this one at which a span ends.</summary>
    public static DateTimeOffset BoundaryBefore(DateTimeOffset moment) => RollupUnits.StartOf(RollupGrain.CallerThreeHours, moment);

    /// <summary>The periods that a quarter hour lies in and that end at the boundary or before it, each once, in the one order in which all intakes lock them.</summary>
    public static List<FoldPeriod> Of(IEnumerable<DateTimeOffset> quarterHours, DateTimeOffset foldedUntil)
    {
        var periods = new SortedSet<FoldPeriod>();
        foreach (var quarterHour in quarterHours)
        {
            foreach (var grain in Grains)
            {
                var start = RollupUnits.StartOf(grain, quarterHour);
                if (start + RollupUnits.SizeOf(grain) <= foldedUntil)
                {
                    periods.Add(new FoldPeriod(grain, start));
                }
            }
        }

        return [.. periods];
    }

    public int CompareTo(FoldPeriod other) => Grain == other.Grain ? Start.CompareTo(other.Start) : Grain.CompareTo(other.Grain);
}
