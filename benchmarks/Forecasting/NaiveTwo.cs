namespace Platform.Benchmarks.Forecasting;

/// <summary>The last value, with a multiplicative season where the autocorrelation at its length is significant at 90 %.</summary>
internal static class NaiveTwo
{
    public static double[] Forecast(double[] history, int season, int horizon)
    {
        if (season == 1 || !IsSeasonal(history, season))
        {
            return [.. Enumerable.Repeat(history[^1], horizon)];
        }

        var figure = Figure(history, season);
        var last = history[^1] / figure[(history.Length - 1) % season];
        return [.. Enumerable.Range(0, horizon).Select(step => last * figure[(history.Length + step) % season])];
    }

    private static bool IsSeasonal(double[] values, int season)
    {
        if (values.Length < 3 * season)
        {
            return false;
        }

        var mean = values.Average();
        var squares = values.Sum(value => (value - mean) * (value - mean));
        double[] correlations = [.. Enumerable.Range(1, season).Select(lag =>
            Enumerable.Range(0, values.Length - lag).Sum(t => (values[t] - mean) * (values[t + lag] - mean)) / squares)];
        var limit = 1.645 / Math.Sqrt(values.Length) * Math.Sqrt(1 + 2 * correlations.SkipLast(1).Sum(value => value * value));
        return squares > 0 && Math.Abs(correlations[^1]) > limit;
    }

    /// <summary>Classical decomposition: mean ratios to the centred moving mean, with a mean of 1.</summary>
    private static double[] Figure(double[] values, int season)
    {
        var half = season / 2;
        var ratios = new List<double>[season];
        for (var t = half; t < values.Length - half; t++)
        {
            var sum = 0.0;
            for (var i = -half; i <= half; i++)
            {
                sum += values[t + i] * (season % 2 == 0 && Math.Abs(i) == half ? 0.5 : 1);
            }

            (ratios[t % season] ??= []).Add(values[t] / (sum / season));
        }

        double[] figure = [.. ratios.Select(list => list.Average())];
        var mean = figure.Average();
        return [.. figure.Select(value => value / mean)];
    }
}
