using Platform.Forecasting.Numerics;
using Platform.Forecasting.Preparation;

namespace Platform.Forecasting.Calendar;

/// <summary>What a marked day is as a multiple of an unmarked one at the same place of the season, learnt from the history where it can be seen there.</summary>
/// <param name="Ratio">0 or more.</param>
/// <param name="Deviation">Standard deviation of the ratio as it was learnt.</param>
/// <param name="Usual">Marked steps of the history, and what would have been usual on them.</param>
internal sealed record MarkedDays(CalendarEffect Effect, double Ratio, double Deviation, IReadOnlyList<(int Step, double Value)> Usual)
{
    /// <summary>How many standard deviations off 1 the ratio must be, or it is taken for chance.</summary>
    private const double Visible = 2.5;

    private const int LeastSeen = 2;
    private const int Neighbours = 2;

    /// <summary>Normal standard deviations in a median absolute deviation.</summary>
    private const double Consistency = 1.4826;

    /// <summary>
    /// Learns the ratio, and sets marked days to what would have been usual, so that no model takes them for the season, the level or noise. Null, and the
    /// history as it was, where the effect is not visible.
    /// </summary>
    /// <param name="values">Whole and not negative.</param>
    /// <param name="marked">Of any effect: days that say nothing of what is usual.</param>
    /// <param name="season">The longest that was seen; 1 for none.</param>
    public static MarkedDays? Learn(CalendarEffect effect, double[] values, Func<int, bool> marked, int season, List<Finding> findings)
    {
        var known = (double[])values.Clone();
        var seen = effect.Steps.Where(step => step >= 0 && step < values.Length).Order().Select(step => (Step: step, Usual: UsualAt(known, step, marked, season)))
            .Where(day => day.Usual > 0).ToArray();
        if (seen.Length < LeastSeen)
        {
            findings.Add(new Finding(FindingKind.CalendarEffect, 0, seen.Length, $"Days of {effect.Name}: {seen.Length} in the history, too few to learn from; the effect was left out."));
            return null;
        }

        double[] ratios = [.. seen.Select(day => known[day.Step] / day.Usual)];
        double[] others = [.. Enumerable.Range(0, values.Length).Where(step => !marked(step)).Select(step => (Step: step, Usual: UsualAt(known, step, marked, season)))
            .Where(day => day.Usual > 0).Select(day => known[day.Step] / day.Usual)];
        var ratio = Median.Of(ratios);
        var noise = Math.Max(Scatter(ratios, ratio), others.Length > 0 ? Scatter(others, Median.Of(others)) * Math.Min(1, ratio) : 0) / Math.Sqrt(ratios.Length);
        if (Math.Abs(ratio - 1) <= Visible * noise)
        {
            findings.Add(new Finding(FindingKind.CalendarEffect, seen[0].Step, seen.Length, $"Days of {effect.Name}: no visible effect."));
            return null;
        }

        foreach (var (step, usual) in seen)
        {
            values[step] = usual;
        }

        findings.Add(new Finding(FindingKind.CalendarEffect, seen[0].Step, seen.Length,
            FormattableString.Invariant($"Days of {effect.Name}: {ratio:0.00} times what is usual, by the {seen.Length} in the history; those ahead are forecast so.")));
        return new MarkedDays(effect, ratio, noise, seen);
    }

    /// <param name="first">The first step after the history, counted from its start.</param>
    public LearntEffect Ahead(int first) => new(
        Effect.Name, Ratio, Ratio > 0 ? Deviation / Ratio : 0, [.. Effect.Steps.Select(step => step - first).Where(step => step >= 0).Order()]);

    /// <summary>The median of the nearest unmarked observations at the same place of the season, two to each side; 0 where there are none.</summary>
    private static double UsualAt(double[] values, int step, Func<int, bool> marked, int season)
    {
        var near = new List<double>(2 * Neighbours);
        foreach (var direction in (int[])[-season, season])
        {
            var count = 0;
            for (var at = step + direction; at >= 0 && at < values.Length && count < Neighbours; at += direction)
            {
                if (!marked(at))
                {
                    near.Add(values[at]);
                    count++;
                }
            }
        }

        return near.Count == 0 ? 0 : Median.Of([.. near]);
    }

    private static double Scatter(double[] values, double middle) => Consistency * Median.Of([.. values.Select(value => Math.Abs(value - middle))]);
}
