using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecasting.Sampling;

namespace Platform.Forecast.Planning;

/// <summary>A plan item with its price and what became of it so far.</summary>
internal sealed record PricedItem(PlanRow Item, double NanosPerCall, PlanProgress Progress)
{
    /// <summary>How the organisation's plans come.</summary>
    public PlanRecord Record { get; init; } = PlanRecord.None;

    /// <summary>As of what is used: a price that the book has for later is that of the plan from then on. Null where it has none.</summary>
    public PricesAhead? PricesAhead { get; init; }

    /// <param name="day">Today or ahead.</param>
    public double NanosPerCallOn(DateOnly day, DateOnly today) => NanosPerCall * (PricesAhead?.On(day.DayNumber - today.DayNumber) ?? 1);

    /// <summary>Nothing of it is there yet, as far as anybody can see.</summary>
    public bool IsAhead => Progress is { Status: PlanStatus.Planned or PlanStatus.Late, IsHidden: false };
}

/// <summary>
/// Planned demand of a team, by path and day, in whole nano-units. In a path an item happens or does not, by its probability, is larger or smaller, by its spread, and starts on its day or as late as
/// another launch did (<see cref="PlanRecord"/>). What has launched is in the segment's own history more and more: over fourteen days its past level is taken off, and what is left is the rest of its
/// ramp. So it is, four weeks later, with what is too small to be seen there.
/// </summary>
internal sealed class PlannedPaths
{
    private const ulong Seed = 20_260_603;
    private const ulong DaysSeed = 20_261_127;
    private const int AbsorbedDays = 14;

    /// <summary>Of what is too small to be seen: by then the level of its segments is all of days on which it was there, if it came.</summary>
    private const int HiddenDays = 28;

    private const double BandDeviations = 1.2816;

    /// <summary>Ten times what an item may cost at its planned size: its widest spread reaches no further in nine of ten draws.</summary>
    private const double MostDrawn = 10.0 * PlanCheck.MostNanosADay;

    private readonly long[] _days;
    private readonly int _horizon;

    private PlannedPaths(int horizon)
    {
        (_horizon, _days) = (horizon, new long[JointPaths.Paths * horizon]);
    }

    /// <summary>By piece, the mean of each item rounded, then added; of today the whole.</summary>
    public long[] Expected { get; } = new long[HorizonCalendar.Columns];

    /// <summary>The whole of today first.</summary>
    public ReadOnlySpan<long> Path(int path) => _days.AsSpan(path * _horizon, _horizon);

    /// <param name="items">Of one team.</param>
    public static PlannedPaths Of(IReadOnlyList<PricedItem> items, HorizonCalendar calendar)
    {
        var sum = new PlannedPaths(calendar.Days);
        foreach (var item in items)
        {
            sum.Add(item, calendar);
        }

        return sum;
    }

    /// <summary>What an item adds on a day ahead, if it happens as planned.</summary>
    /// <param name="daysLate">Of an item that is not there yet: all of it comes so much later, its end too.</param>
    public static double NanosOn(PricedItem item, DateOnly day, DateOnly today, int daysLate = 0) =>
        Math.Max(0, item.Item.CallsOn(day.AddDays(-daysLate)) - CallsInLevel(item, today)) * item.NanosPerCallOn(day, today);

    /// <summary>Of an item's calls on a day ahead, those that the level of its segments has: what <see cref="NanosOn"/> leaves out of what was planned.</summary>
    public static double CallsInLevelOn(PricedItem item, DateOnly day, DateOnly today) => Math.Min(item.Item.CallsOn(day), CallsInLevel(item, today));

    /// <summary>What an item costs by path and day, the whole of today first: as its demand is drawn, whatever else is planned.</summary>
    public static void Draw(PricedItem item, HorizonCalendar calendar, Action<int, int, long> take)
    {
        double[] days = [.. Enumerable.Range(0, calendar.Days).Select(day => NanosOn(item, calendar.Today.AddDays(day), calendar.Today))];
        if (days.All(nanos => nanos == 0))
        {
            // It has ended, or its segment's own history has it.
            return;
        }

        // Days have draws of their own, so that what is learnt of them leaves chance and size as they were.
        var (random, starts) = (new Randomness(Seed ^ Randomness.SeedOf(item.Item.PlanId)), new Randomness(DaysSeed ^ Randomness.SeedOf(item.Item.PlanId)));
        var late = new Dictionary<int, double[]> { [0] = days };
        var certain = item.Progress.Status == PlanStatus.Launched ? 1 : item.Item.ProbabilityPpm / (double)PlanRow.Certain;
        var deviation = Math.Log(1 + item.Item.SpreadPpm / 1e6) / BandDeviations;
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            // Both are drawn in any case, so that a path stays the same world when the probability changes.
            var (chance, size) = (random.NextDouble(), item.Record.Size * Math.Exp(deviation * random.NextNormal()));
            var drawn = item.IsAhead ? DaysOf(item.Record.DaysLate(starts.NextDouble(), item.Item, calendar.Today)) : days;
            for (var day = 0; day < days.Length && chance < certain; day++)
            {
                // A price that rose after the item was taken, or a draw far out, costs itself and not the sums of all.
                take(path, day, Nanos.FromForecast(Math.Min(drawn[day] * size, MostDrawn)));
            }
        }

        double[] DaysOf(int daysLate) => late.TryGetValue(daysLate, out var known) ? known
            : late[daysLate] = [.. Enumerable.Range(0, calendar.Days).Select(day => NanosOn(item, calendar.Today.AddDays(day), calendar.Today, daysLate))];
    }

    /// <summary>A day's, by what became of it.</summary>
    private static double CallsInLevel(PricedItem item, DateOnly today)
    {
        var days = today.DayNumber - item.Item.StartsOn.DayNumber;
        var seen = item.Progress.Status == PlanStatus.Launched ? Math.Min(1, days / (double)AbsorbedDays)
            : item.Progress.IsHidden ? Math.Clamp((days - HiddenDays) / (double)AbsorbedDays, 0, 1) : 0;
        return seen * item.Item.CallsOn(today.AddDays(-1));
    }

    private void Add(PricedItem item, HorizonCalendar calendar)
    {
        var (columns, sums) = (calendar.ColumnsOfDays(), new Int128[HorizonCalendar.Columns]);
        Draw(item, calendar, (path, day, nanos) =>
        {
            _days[path * _horizon + day] += nanos;
            foreach (var column in columns[day])
            {
                sums[column] += nanos;
            }
        });
        for (var piece = 0; piece < sums.Length; piece++)
        {
            Expected[piece] += Nanos.Mean(sums[piece], JointPaths.Paths);
        }
    }
}
