namespace Platform.Forecast.Segments;

/// <summary>How a figure changes by the week, in logarithms: 0.01 is one percent a week.</summary>
/// <param name="Slope">Its steady part, drawn towards none as far as the past does not show it.</param>
/// <param name="SlopeDeviation">How far the steady part may be off.</param>
/// <param name="Wander">Standard deviation of what each week adds to or takes from the level for good.</param>
internal readonly record struct Trend(double Slope, double SlopeDeviation, double Wander)
{
    /// <summary>Steady growth of two percent a week, about nine a month, is as likely as any before something is seen.</summary>
    private const double UsualSlope = 0.02;
    private const double LeastWander = 0.02;
    private const int MostWeeks = 26;
    private const int LeastWeeks = 5;

    /// <summary>What a week leaves of how far the steady part is off: slopes change, so that being wrong about one does not add up for a year.</summary>
    private const double OffLasts = 0.95;

    /// <summary>Of what nothing is known.</summary>
    public static readonly Trend Unknown = new(0, UsualSlope, LeastWander);

    /// <summary>What so many weeks leave of being off by one: the same of all trends, and worked out once for them.</summary>
    public static double LeftAfter(double weeks) => Math.Pow(OffLasts, weeks);

    /// <summary>How far off so many weeks of the steady part may be, in logarithms.</summary>
    /// <param name="left">Of <see cref="LeftAfter"/>, for as many weeks.</param>
    public double Off(double left) => SlopeDeviation * (1 - left) / (1 - OffLasts);

    /// <summary>
    /// The slope by least squares over the logarithms of whole weeks, with the error that white noise and a random walk make in it; how much of each there is follows from changes
    /// over one and over four weeks. Bayes with a normal prior draws it towards zero.
    /// </summary>
    /// <param name="weekly">Oldest first; weeks that are not above zero end the past that is looked at.</param>
    public static Trend Of(ReadOnlySpan<double> weekly)
    {
        var from = weekly.Length;
        while (from > 0 && from > weekly.Length - MostWeeks && weekly[from - 1] > 0)
        {
            from--;
        }

        var n = weekly.Length - from;
        if (n < LeastWeeks)
        {
            return Unknown;
        }

        Span<double> logs = stackalloc double[MostWeeks];
        logs = logs[..n];
        for (var t = 0; t < n; t++)
        {
            logs[t] = Math.Log(weekly[from + t]);
        }

        var (slope, spread) = Line(logs);
        var (week, month) = (Change(logs, slope, 1), Change(logs, slope, Math.Min(4, n - 1)));
        var walk = Math.Clamp((month - week) / 3, Math.Min(LeastWander * LeastWander, week), Math.Max(week, LeastWander * LeastWander));
        var noise = Math.Max(0, (week - walk) / 2);
        var error = noise / spread + 1.2 * walk / n;
        const double prior = UsualSlope * UsualSlope;
        return new Trend(slope * prior / (prior + error), Math.Sqrt(prior * error / (prior + error)), Math.Sqrt(Math.Max(walk, LeastWander * LeastWander)));
    }

    private static (double Slope, double Spread) Line(ReadOnlySpan<double> values)
    {
        var (products, spread, middle) = (0.0, 0.0, (values.Length - 1) / 2.0);
        for (var t = 0; t < values.Length; t++)
        {
            products += (t - middle) * values[t];
            spread += (t - middle) * (t - middle);
        }

        return (products / spread, spread);
    }

    /// <summary>Mean square of changes over so many weeks, without the slope.</summary>
    private static double Change(ReadOnlySpan<double> values, double slope, int weeks)
    {
        var sum = 0.0;
        for (var t = weeks; t < values.Length; t++)
        {
            var change = values[t] - values[t - weeks] - slope * weeks;
            sum += change * change;
        }

        return sum / (values.Length - weeks);
    }
}
