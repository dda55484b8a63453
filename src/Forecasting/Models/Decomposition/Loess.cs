namespace Platform.Forecasting.Models;

/// <summary>Local regression with tricube weights over evenly spaced points (Cleveland et al. 1990, STL, Journal of Official Statistics 6:3).</summary>
internal static class Loess
{
    /// <summary>Smooths at every point, by regression at every <paramref name="jump"/>-th and straight lines between.</summary>
    /// <param name="window">Points that a regression sees.</param>
    /// <param name="linear">Whether lines are fitted, or weighted means only.</param>
    public static void Smooth(ReadOnlySpan<double> values, int window, bool linear, int jump, Span<double> smooth)
    {
        var last = values.Length - 1;
        smooth[0] = At(values, 0, window, linear);
        for (var from = 0; from < last;)
        {
            var to = Math.Min(from + jump, last);
            smooth[to] = At(values, to, window, linear);
            var slope = (smooth[to] - smooth[from]) / (to - from);
            for (var t = from + 1; t < to; t++)
            {
                smooth[t] = smooth[from] + slope * (t - from);
            }

            from = to;
        }
    }

    /// <summary>The regression's value at a place that may lie one step before the first or after the last point.</summary>
    public static double At(ReadOnlySpan<double> values, double place, int window, bool linear)
    {
        var n = values.Length;
        var count = Math.Min(window, n);
        var left = Math.Clamp((int)Math.Ceiling(place - count / 2.0), 0, n - count);
        var right = left + count - 1;
        var reach = Math.Max(place - left, right - place) + (window > n ? (window - n) / 2.0 : 0);
        var (edge, core) = (0.999 * reach, 0.001 * reach);
        double sum = 0, sumX = 0, sumXX = 0, sumY = 0, sumXY = 0;
        for (var t = left; t <= right; t++)
        {
            var x = t - place;
            var distance = Math.Abs(x);
            if (distance > edge)
            {
                continue;
            }

            var weight = 1.0;
            if (distance > core)
            {
                var share = distance / reach;
                var rest = 1 - share * share * share;
                weight = rest * rest * rest;
            }

            sum += weight;
            sumX += weight * x;
            sumY += weight * values[t];
            if (linear)
            {
                sumXX += weight * x * x;
                sumXY += weight * x * values[t];
            }
        }

        if (sum <= 0)
        {
            return values[Math.Clamp((int)Math.Round(place), 0, n - 1)];
        }

        // With points on too short a stretch a line would be made of noise.
        var spread = sumXX - sumX * sumX / sum;
        return linear && spread > 1e-6 * reach * reach * sum
            ? (sumY - sumX * (sumXY - sumX * sumY / sum) / spread) / sum
            : sumY / sum;
    }
}
