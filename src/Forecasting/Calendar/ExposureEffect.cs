using System.Globalization;
using Platform.Forecasting.Preparation;

namespace Platform.Forecasting.Calendar;

/// <summary>How far amounts follow an exposure that is known beforehand, such as the working days of each month: by which power of it.</summary>
/// <param name="Factors">By step of the history and of what comes: exposure by its mean, to that power.</param>
internal sealed record ExposureEffect(double[] Factors)
{
    private const double Visible = 2;
    private const int LeastSeen = 8;

    /// <summary>
    /// Learns the power from changes, over a season where there is one, of logarithms, by least squares; 0 to 1, and null where it is not visible. Divides
    /// the history by the factors.
    /// </summary>
    /// <param name="exposure">By step, as many as the history and what comes have; above zero.</param>
    public static ExposureEffect? Learn(IReadOnlyList<double> exposure, double[] values, int season, List<Finding> findings)
    {
        var (products, squares, count) = (0.0, 0.0, 0);
        double[] known = [.. values];
        (double X, double Y)[] changes = [.. Enumerable.Range(season, Math.Max(0, values.Length - season))
            .Where(t => known[t] > 0 && known[t - season] > 0)
            .Select(t => (Math.Log(exposure[t] / exposure[t - season]), Math.Log(known[t] / known[t - season])))];
        var (meanX, meanY) = changes.Length == 0 ? (0, 0) : (changes.Average(change => change.X), changes.Average(change => change.Y));
        foreach (var (x, y) in changes)
        {
            products += (x - meanX) * (y - meanY);
            squares += (x - meanX) * (x - meanX);
            count++;
        }

        var slope = squares > 0 ? products / squares : 0;
        var rest = changes.Sum(change => Math.Pow(change.Y - meanY - slope * (change.X - meanX), 2)) / Math.Max(1, count - 2);
        var power = Math.Clamp(slope, 0, 1);
        if (count < LeastSeen || slope < Visible * Math.Sqrt(rest / Math.Max(squares, 1e-12)) || power == 0)
        {
            findings.Add(new Finding(FindingKind.CalendarEffect, 0, count, "The working days of each period have no visible effect."));
            return null;
        }

        var mean = exposure.Take(values.Length).Average();
        double[] factors = [.. exposure.Select(amount => Math.Pow(amount / mean, power))];
        for (var t = 0; t < values.Length; t++)
        {
            values[t] /= factors[t];
        }

        findings.Add(new Finding(FindingKind.CalendarEffect, 0, count,
            string.Create(CultureInfo.InvariantCulture, $"Amounts follow the working days of each period, by their power of {power:0.00}; what comes is forecast so.")));
        return new ExposureEffect(factors);
    }
}
