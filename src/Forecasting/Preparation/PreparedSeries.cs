using Platform.Forecasting.Backtesting;
using Platform.Forecasting.Calendar;
using Platform.Forecasting.ColdStart;

namespace Platform.Forecasting.Preparation;

/// <summary>A history as models see it: whole, not negative, with a mean of about 1, treated for what was found in it.</summary>
/// <param name="Values">In units of <paramref name="Unit"/>.</param>
/// <param name="Unit">The mean of what was observed; 1 where it is zero.</param>
/// <param name="Seasons">Those asked for that the history shows, ascending.</param>
/// <param name="Findings">In order of kind and time.</param>
internal sealed record PreparedSeries(double[] Values, double Unit, IReadOnlyList<int> Seasons, IReadOnlyList<Finding> Findings)
{
    private ExposureEffect? Exposure { get; init; }

    private BorrowedShape? Shape { get; init; }

    private IReadOnlyList<MarkedDays> Marked { get; init; } = [];

    /// <summary>What was observed, in the unit and with what the calendar does taken off, but for no outlier; not a number where nothing was observed.</summary>
    public double[] Observed { get; private init; } = [];

    /// <summary>Outliers, in order of time, in the unit.</summary>
    public IReadOnlyList<(int Position, double Value, double Usual)> Bursts { get; private init; } = [];

    /// <summary>Whether none of the newest observations may be a burst or the first of a new level.</summary>
    private bool EndsAsEver { get; init; }

    /// <summary>Whether a season was asked for that is neither seen nor borrowed.</summary>
    public bool SeasonUnseen { get; private init; }

    /// <exception cref="ArgumentException">A value is infinite, or every value is missing.</exception>
    public static PreparedSeries Of(ReadOnlySpan<double> history, SeriesForecastOptions options)
    {
        var seasons = options.Seasons;
        var findings = new List<Finding>();
        var values = history.ToArray();
        foreach (var value in values)
        {
            if (double.IsInfinity(value))
            {
                throw new ArgumentException("An observation is infinite; amounts must be finite, or not a number where one is missing.", nameof(history));
            }
        }

        var seen = SeasonSight.Shown(values.Length, seasons);
        Cut(values, findings);
        int[] missing = [.. Enumerable.Range(0, values.Length).Where(t => double.IsNaN(values[t]))];
        Gaps.Fill(values, seen, findings);
        var unit = Unitise(values, missing);
        Report.Zeros(values, findings);
        var longest = seen.Length > 0 ? seen[^1] : 1;
        var exposure = options.Exposure.Count > 0 ? ExposureEffect.Learn(options.Exposure, values, longest, findings) : null;
        var shape = options.Siblings.Count > 0 ? BorrowedShape.Of(options.Siblings, values, seasons, findings) : null;
        var few = new List<Finding>();
        Report.Seasons([.. seasons.Where(asked => asked != shape?.Season)], values.Length, few);
        findings.InsertRange(0, few);
        var marked = Mark(options.Calendar, values, shape is null ? longest : 1, findings);
        var season = seen.Length > 0 ? seen[0] : 1;
        var observed = (double[])values.Clone();
        foreach (var t in missing)
        {
            observed[t] = double.NaN;
        }

        var (bursts, endsAsEver) = (Outliers.Find(values, season), !Outliers.MayBeNewest(values, season));
        foreach (var (position, value, usual) in bursts)
        {
            findings.Add(Report.Outlier(position, value, usual));
            values[position] = usual;
        }

        findings.AddRange(SeasonalLevels.Shifts(values, season).Select(Report.Shift));
        var unseen = SeasonSight.Hidden(values.Length, seasons).Any(asked => asked > (shape?.Season ?? 1));
        return new PreparedSeries(values, unit, seen, findings) { Exposure = exposure, Shape = shape, Marked = marked, SeasonUnseen = unseen, Observed = observed, Bursts = bursts, EndsAsEver = endsAsEver };
    }

    /// <summary>
    /// The first observations as they would have been prepared had no more been known: gaps filled from what lies before, and outliers told by it. At least one of them must have been observed.
    /// But for an outlier that is among the last of them: then it might have been a new level, and how far off forecasts are that take it for one says nothing of one whose own last values are as ever.
    /// </summary>
    public double[] KnownAt(int origin)
    {
        var known = Observed[..origin];
        var seen = SeasonSight.Shown(origin, Seasons);
        Gaps.Fill(known, seen, []);
        foreach (var (position, _, usual) in Outliers.Find(known, seen.Length > 0 ? seen[0] : 1))
        {
            known[position] = usual;
        }

        foreach (var (position, _, usual) in EndsAsEver ? Bursts.Where(burst => burst.Position < origin && burst.Position >= origin - Outliers.Newest) : [])
        {
            known[position] = usual;
        }

        return known;
    }

    /// <summary>Only origins with something observed before them, and something after to be judged by.</summary>
    public BacktestPlan Judgeable(BacktestPlan plan) => plan with
    {
        Origins = [.. plan.Origins.Where(origin => Observed.AsSpan(0, origin).ContainsAnyExcept(double.NaN) && Observed.AsSpan(origin, plan.Horizon).ContainsAnyExcept(double.NaN))],
    };

    /// <summary>Days that a calendar effect marks, and outliers, each with what it would have been otherwise, in the history's unit.</summary>
    public IReadOnlyList<(int Step, double Value)> Usual =>
    [
        .. Marked.SelectMany(marked => marked.Usual).Concat(Bursts.Select(burst => (Step: burst.Position, Value: burst.Usual)))
            .Select(day => (day.Step, day.Value * Unit * TakenOff(day.Step))),
    ];

    /// <summary>What forecasts of what comes are to be multiplied by, for what was taken off the history.</summary>
    public AheadFactors Ahead(int horizon) =>
        new([.. Enumerable.Range(Values.Length, horizon).Select(TakenOff)], [.. Marked.Select(marked => marked.Ahead(Values.Length))]);

    private double TakenOff(int step) => (Exposure?.Factors[step] ?? 1) * (Shape?.Figure[step % Shape.Season] ?? 1);

    private static List<MarkedDays> Mark(IReadOnlyList<CalendarEffect> effects, double[] values, int season, List<Finding> findings)
    {
        var taken = new HashSet<int>();
        var all = effects.SelectMany(effect => effect.Steps).ToHashSet();
        var learnt = new List<MarkedDays>();
        foreach (var effect in effects)
        {
            var own = effect with { Steps = effect.Steps.Where(step => !taken.Contains(step)).ToHashSet() };
            taken.UnionWith(effect.Steps);
            if (MarkedDays.Learn(own, values, all.Contains, season, findings) is { } marked)
            {
                learnt.Add(marked);
            }
        }

        return learnt;
    }

    private static void Cut(double[] values, List<Finding> findings)
    {
        int[] negative = [.. Enumerable.Range(0, values.Length).Where(t => values[t] < 0)];
        foreach (var t in negative)
        {
            values[t] = 0;
        }

        if (negative.Length > 0)
        {
            findings.Add(new Finding(FindingKind.Negative, negative[0], negative.Length, at => negative.Length == 1
                ? $"1 value below zero, {at}, was taken as zero."
                : $"{negative.Length} values below zero, the first {at}, were taken as zero."));
        }
    }

    /// <summary>Divides by the mean of what was observed, which is taken of values that were divided by the greatest, so that huge ones do not overflow.</summary>
    private static double Unitise(double[] values, int[] missing)
    {
        var greatest = values.Max();
        if (greatest <= 0)
        {
            return 1;
        }

        var unit = greatest * values.Where((_, t) => Array.BinarySearch(missing, t) < 0).Average(value => value / greatest);
        for (var t = 0; t < values.Length; t++)
        {
            values[t] /= unit;
        }

        return unit;
    }
}
