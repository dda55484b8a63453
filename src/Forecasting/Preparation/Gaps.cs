namespace Platform.Forecasting.Preparation;

/// <summary>Fills missing values from the same time of the seasons beside them, or by a straight line where there is none.</summary>
internal static class Gaps
{
    /// <param name="values">Missing ones are not a number; receives no such value.</param>
    /// <exception cref="ArgumentException">Every value is missing.</exception>
    public static void Fill(double[] values, IReadOnlyList<int> seasons, List<Finding> findings)
    {
        int[] missing = [.. Enumerable.Range(0, values.Length).Where(t => double.IsNaN(values[t]))];
        if (missing.Length == 0)
        {
            return;
        }

        if (missing.Length == values.Length)
        {
            throw new ArgumentException("Every observation is missing; a forecast needs at least one.", nameof(values));
        }

        var known = (double[])values.Clone();
        foreach (var t in missing)
        {
            values[t] = seasons.Select(season => Beside(known, t, season)).FirstOrDefault(value => !double.IsNaN(value), Line(known, t));
        }

        findings.Add(new Finding(FindingKind.Gap, missing[0], missing.Length, at => missing.Length == 1
            ? $"1 missing value, {at}, was filled."
            : $"{missing.Length} missing values, the first {at}, were filled."));
    }

    /// <summary>Mean of the season before and after; not a number where both are missing.</summary>
    private static double Beside(double[] known, int t, int season)
    {
        var before = t >= season ? known[t - season] : double.NaN;
        var after = t + season < known.Length ? known[t + season] : double.NaN;
        return double.IsNaN(before) ? after : double.IsNaN(after) ? before : (before + after) / 2;
    }

    private static double Line(double[] known, int t)
    {
        var (left, right) = (t, t);
        while (left >= 0 && double.IsNaN(known[left]))
        {
            left--;
        }

        while (right < known.Length && double.IsNaN(known[right]))
        {
            right++;
        }

        return left < 0 ? known[right] : right == known.Length ? known[left] : known[left] + (known[right] - known[left]) * (t - left) / (right - left);
    }
}
