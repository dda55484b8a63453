namespace Platform.Metering.Queries;

/// <summary>The roll-ups that there are, by what a row spans and by what it knows. All but the first: numbers of usage_summary.grain.</summary>
internal enum RollupGrain
{
    /// <summary>Quarter hours by all dimensions: usage_rollup.</summary>
    CallerQuarterHour = 0,

    /// <summary>Quarter hours by all dimensions but the caller's (user, application, key).</summary>
    QuarterHour = 5,

    /// <summary>Hours by all dimensions but the caller's.</summary>
    Hour = 1,

    /// <summary>Spans of three hours of UTC by all dimensions but the caller's: what days of far zones differ from those of UTC by.</summary>
    ThreeHours = 4,

    /// <summary>Days of UTC by all dimensions but the caller's.</summary>
    Day = 2,

    /// <summary>Days of UTC by all dimensions.</summary>
    CallerDay = 3,
}

/// <summary>A roll-up's hour, day or quarter hour, to be added to a bucket or taken from it.</summary>
/// <param name="Sign">1 or -1.</param>
internal readonly record struct RollupUnit(RollupGrain Grain, DateTimeOffset Start, int Sign, int Bucket);

/// <summary>
/// Covers times by the fewest units. A day of another zone than UTC is a day of UTC with the hours between the two midnights added or taken away, so that
/// ninety days of Berlin are ninety days and some hours, not 8,640 quarter hours. Pure; exact for every range that begins and ends at quarter hours.
/// </summary>
internal static class RollupUnits
{
    private static readonly RollupGrain[] All = [RollupGrain.Day, RollupGrain.ThreeHours, RollupGrain.Hour, RollupGrain.QuarterHour];
    private static readonly RollupGrain[] ByCaller = [RollupGrain.CallerDay, RollupGrain.CallerQuarterHour];

    /// <param name="buckets">Half open, at full quarter hours; they may overlap.</param>
    /// <param name="byCaller">True when user, application or key is asked for.</param>
    public static List<RollupUnit> Of(IReadOnlyList<TimeBucket> buckets, bool byCaller)
    {
        var units = new List<RollupUnit>();
        for (var bucket = 0; bucket < buckets.Count; bucket++)
        {
            units.AddRange(Cover(byCaller ? ByCaller : All, buckets[bucket].From, buckets[bucket].To, 1, bucket));
        }

        return units;
    }

    private static List<RollupUnit> Cover(ReadOnlySpan<RollupGrain> grains, DateTimeOffset from, DateTimeOffset to, int sign, int bucket)
    {
        var size = SizeOf(grains[0]);
        if (grains.Length == 1)
        {
            return Whole(grains[0], from, to, sign, bucket);
        }

        var (first, last) = (Nearest(from, size), Nearest(to, size));
        if (first >= last)
        {
            return Cover(grains[1..], from, to, sign, bucket);
        }

        List<RollupUnit> rounded =
        [
            .. Whole(grains[0], first, last, sign, bucket),
            .. Edge(grains[1..], from, first, sign, bucket),
            .. Edge(grains[1..], last, to, sign, bucket),
        ];
        if (to - from >= size * 2)
        {
            return rounded;
        }

        var direct = Cover(grains[1..], from, to, sign, bucket);
        return rounded.Count < direct.Count ? rounded : direct;
    }

    // What lies between is missing when `from` comes first, and too much when it comes last.
    private static List<RollupUnit> Edge(ReadOnlySpan<RollupGrain> grains, DateTimeOffset from, DateTimeOffset to, int sign, int bucket) =>
        from <= to ? Cover(grains, from, to, sign, bucket) : Cover(grains, to, from, -sign, bucket);

    private static List<RollupUnit> Whole(RollupGrain grain, DateTimeOffset from, DateTimeOffset to, int sign, int bucket)
    {
        var units = new List<RollupUnit>();
        for (var start = from; start < to; start += SizeOf(grain))
        {
            units.Add(new RollupUnit(grain, start, sign, bucket));
        }

        return units;
    }

    public static TimeSpan SizeOf(RollupGrain grain) => grain switch
    {
        RollupGrain.QuarterHour or RollupGrain.CallerQuarterHour => TimeSpan.FromMinutes(15),
        RollupGrain.Hour => TimeSpan.FromHours(1),
        RollupGrain.ThreeHours => TimeSpan.FromHours(3),
        RollupGrain.Day or RollupGrain.CallerDay => TimeSpan.FromDays(1),
    };

    private static DateTimeOffset Nearest(DateTimeOffset moment, TimeSpan size)
    {
        var over = moment.UtcTicks % size.Ticks;
        return new DateTimeOffset(moment.UtcTicks - over + (over * 2 >= size.Ticks ? size.Ticks : 0), TimeSpan.Zero);
    }
}
