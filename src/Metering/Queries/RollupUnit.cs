namespace Platform.Metering.Queries;

/// <summary>The roll-ups that there are, by what a row spans and by what it knows. All but the first: numbers of usage_summary.grain or usage_fold.grain.</summary>
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

    /// <summary>Spans of three hours of UTC by all dimensions: usage_fold, where they are added up already.</summary>
    CallerThreeHours = 6,

    /// <summary>Weeks of UTC by all dimensions, from Monday on: usage_fold, where they are added up already.</summary>
    CallerWeek = 7,
}

/// <summary>A roll-up's hour, day or quarter hour, to be added to a bucket or taken from it.</summary>
/// <param name="Sign">1 or -1.</param>
internal readonly record struct RollupUnit(RollupGrain Grain, DateTimeOffset Start, int Sign, int Bucket);

/// <summary>
/// Covers times by the fewest units. A day of another zone than UTC is a day of UTC with the hours between the two midnights added or taken away, so that
/// ninety days of Berlin are ninety days and some hours, not 8,640 quarter hours. What lies in the future is hardly anything, and costs nothing: a range until now is
/// all of its last day without the hours to come. Pure; exact for every range that begins and ends at quarter hours.
/// </summary>
internal static class RollupUnits
{
    private static readonly RollupGrain[] All = [RollupGrain.Day, RollupGrain.ThreeHours, RollupGrain.Hour, RollupGrain.QuarterHour];
    private static readonly RollupGrain[] ByCaller = [RollupGrain.CallerWeek, RollupGrain.CallerDay, RollupGrain.CallerThreeHours, RollupGrain.CallerQuarterHour];
    private static readonly RollupGrain[] ByCallerBooked = [RollupGrain.CallerDay, RollupGrain.CallerQuarterHour];

    /// <param name="byCaller">True when user, application or key is asked for.</param>
    /// <param name="booked">True when usage counts when it was booked: what is folded is folded by when it occurred.</param>
    public static IReadOnlyList<RollupGrain> Grains(bool byCaller, bool booked) => !byCaller ? All : booked ? ByCallerBooked : ByCaller;

    /// <summary>True for what is added up behind the intake, and may not be there.</summary>
    public static bool IsFolded(RollupGrain grain) => grain is RollupGrain.CallerThreeHours or RollupGrain.CallerWeek;

    /// <param name="buckets">Half open, at full quarter hours; they may overlap.</param>
    /// <param name="grains">The greatest first.</param>
    public static List<RollupUnit> Of(IReadOnlyList<TimeBucket> buckets, IReadOnlyList<RollupGrain> grains, DateTimeOffset now)
    {
        var units = new List<RollupUnit>();
        for (var bucket = 0; bucket < buckets.Count; bucket++)
        {
            units.AddRange(new Cover(bucket, now).Of([.. grains], buckets[bucket].From, buckets[bucket].To, 1));
        }

        return units;
    }

    /// <summary>The units, with what is not folded by its parts instead.</summary>
    /// <param name="isFolded">Of the folded grains' units.</param>
    public static List<RollupUnit> Unfold(IReadOnlyCollection<RollupUnit> units, Func<RollupUnit, bool> isFolded)
    {
        // A part may be added by one and taken away by another: then it need not be read.
        var signs = new Dictionary<RollupUnit, int>();
        foreach (var unit in units)
        {
            var part = PartOf(unit.Grain);
            var whole = part is null || isFolded(unit);
            var end = unit.Start + SizeOf(unit.Grain);
            for (var start = unit.Start; start < end; start += SizeOf(whole ? unit.Grain : part!.Value))
            {
                var key = new RollupUnit(whole ? unit.Grain : part!.Value, start, 0, unit.Bucket);
                signs[key] = signs.GetValueOrDefault(key) + unit.Sign;
            }
        }

        return [.. signs.Where(pair => pair.Value != 0).Select(pair => pair.Key with { Sign = pair.Value }).OrderBy(unit => unit.Bucket).ThenBy(unit => unit.Start)];
    }

    public static TimeSpan SizeOf(RollupGrain grain) => grain switch
    {
        RollupGrain.QuarterHour or RollupGrain.CallerQuarterHour => TimeSpan.FromMinutes(15),
        RollupGrain.Hour => TimeSpan.FromHours(1),
        RollupGrain.ThreeHours or RollupGrain.CallerThreeHours => TimeSpan.FromHours(3),
        RollupGrain.Day or RollupGrain.CallerDay => TimeSpan.FromDays(1),
        RollupGrain.CallerWeek => TimeSpan.FromDays(7),
    };

    /// <summary>The beginning of the unit that the moment lies in. Time began on a Monday, as far as .NET counts it.</summary>
    public static DateTimeOffset StartOf(RollupGrain grain, DateTimeOffset moment) => new(moment.UtcTicks - (moment.UtcTicks % SizeOf(grain).Ticks), TimeSpan.Zero);

    private static RollupGrain? PartOf(RollupGrain grain) => grain switch
    {
        RollupGrain.CallerWeek => RollupGrain.CallerDay,
        RollupGrain.CallerThreeHours => RollupGrain.CallerQuarterHour,
        _ => null,
    };

    private readonly struct Cover(int bucket, DateTimeOffset now)
    {
        public List<RollupUnit> Of(ReadOnlySpan<RollupGrain> grains, DateTimeOffset from, DateTimeOffset to, int sign)
        {
            if (grains.Length == 1)
            {
                return Whole(grains[0], from, to, sign);
            }

            var (first, last) = (Nearest(from, grains[0]), Nearest(to, grains[0]));
            if (first >= last)
            {
                return Of(grains[1..], from, to, sign);
            }

            List<RollupUnit> rounded = [.. Whole(grains[0], first, last, sign), .. Edge(grains[1..], from, first, sign), .. Edge(grains[1..], last, to, sign)];
            if (to - from >= SizeOf(grains[0]) * 2)
            {
                return rounded;
            }

            var direct = Of(grains[1..], from, to, sign);
            return Cost(rounded) < Cost(direct) ? rounded : direct;
        }

        // What lies between is missing when `from` comes first, and too much when it comes last.
        private List<RollupUnit> Edge(ReadOnlySpan<RollupGrain> grains, DateTimeOffset from, DateTimeOffset to, int sign) =>
            from <= to ? Of(grains, from, to, sign) : Of(grains, to, from, -sign);

        private List<RollupUnit> Whole(RollupGrain grain, DateTimeOffset from, DateTimeOffset to, int sign)
        {
            var units = new List<RollupUnit>();
            for (var start = from; start < to; start += SizeOf(grain))
            {
                units.Add(new RollupUnit(grain, start, sign, bucket));
            }

            return units;
        }

        private int Cost(List<RollupUnit> units)
        {
            var cost = 0;
            foreach (var unit in units)
            {
                cost += unit.Start < now ? 1 : 0;
            }

            return cost;
        }

        private DateTimeOffset Nearest(DateTimeOffset moment, RollupGrain grain)
        {
            var before = StartOf(grain, moment);
            var after = before == moment ? moment : before + SizeOf(grain);
            var past = after < now ? after : moment < now ? now : moment;
            return past - moment <= moment - before ? after : before;
        }
    }
}
