using System.Globalization;

namespace Platform.Forecasting.Preparation;

/// <summary>Findings in words.</summary>
internal static class Report
{
    private const double MostlyZero = 0.5;
    private const int LeastIdle = 7;
    private const int IdleTimesUsual = 3;

    public static void Seasons(IReadOnlyList<int> seasons, int length, List<Finding> findings)
    {
        if (length < ForecastEngine.LeastHistory)
        {
            findings.Add(new Finding(FindingKind.ShortHistory, 0, length,
                $"{(length == 1 ? "1 observation is" : $"{length} observations are")} few: models could hardly be compared, and the bands are wide guesses. {ForecastEngine.LeastHistory} or more are advised."));
        }

        foreach (var season in SeasonSight.Hidden(length, seasons))
        {
            findings.Add(new Finding(FindingKind.SeasonUnseen, 0, length,
                $"The season of {season} observations was left out: it takes {2 * season} to see it twice, and there are {length}."));
        }
    }

    /// <summary>Whether demand comes now and then, and whether it has stopped.</summary>
    public static void Zeros(double[] values, List<Finding> findings)
    {
        var zeros = values.Count(value => value == 0);
        var last = values.Length - 1;
        while (last >= 0 && values[last] == 0)
        {
            last--;
        }

        if (last >= 0 && IsIntermittent(values))
        {
            findings.Add(new Finding(FindingKind.Intermittent, 0, zeros, $"{zeros} of {values.Length} values are zero: methods for demand that comes now and then were tried too."));
        }

        var idle = values.Length - 1 - last;
        var usual = (zeros - idle) / (double)Math.Max(1, last + 1) * LeastIdle;
        if (idle >= LeastIdle && idle > IdleTimesUsual * usual)
        {
            findings.Add(new Finding(FindingKind.Idle, last + 1, idle, $"The last {idle} values are zero."));
        }
    }

    public static bool IsIntermittent(ReadOnlySpan<double> values)
    {
        var zeros = 0;
        foreach (var value in values)
        {
            zeros += value == 0 ? 1 : 0;
        }

        return zeros > MostlyZero * values.Length && zeros < values.Length;
    }

    public static Finding Outlier(int position, double value, double usual) => new(FindingKind.Outlier, position, 1,
        at => $"The value {at} is {(usual > 0 ? $"{Text(value / usual)} times" : "far from")} what is usual around it and was taken as usual.");

    public static Finding Shift(LevelShift shift) => new(FindingKind.LevelShift, shift.Position, 1,
        at => $"The level changed {at}{(shift.Before > 0 ? $", by {Text(100 * (shift.After / shift.Before - 1))} %" : "")}.");

    private static string Text(double value) => value.ToString("G3", CultureInfo.InvariantCulture);
}
