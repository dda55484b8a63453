namespace Platform.Forecasting.Tests;

/// <summary>
/// Daily series of kinds that are as unlike as can be, to see that bands are neither too narrow where a level wanders nor too wide where it does not.
/// The engine's constants were chosen with series of these kinds in view, beside traces and competition data, so that they compromise between the kinds.
/// </summary>
internal static class Kinds
{
    public static readonly string[] All = ["flat", "wandering", "damped", "weekly", "bursts", "shifts"];

    public static double[] Series(string kind, int seed, int days)
    {
        var random = new Random(seed * 7919 + Array.IndexOf(All, kind));
        var noise = 0.05 + 0.25 * random.NextDouble();
        var drift = 0.01 + 0.05 * random.NextDouble();
        double[] week = [.. Enumerable.Range(0, 7).Select(day => day < 5 ? 1 + 0.1 * Synthetic.Normal(random) : 0.3 + 0.6 * random.NextDouble())];
        var (level, slope, mood, burst, next) = (1.0, 0.01 * Synthetic.Normal(random), 0.0, 0.0, Wait(random));
        var values = new double[days];
        for (var day = 0; day < days; day++)
        {
            var usual = 1 + noise * Synthetic.Normal(random);
            switch (kind)
            {
                case "wandering":
                    usual *= level *= Math.Exp(drift * Synthetic.Normal(random));
                    break;
                case "damped":
                    slope *= 0.985;
                    usual *= level *= 1 + slope + 0.01 * Synthetic.Normal(random);
                    break;
                case "weekly":
                    mood = 0.7 * mood + 0.1 * Synthetic.Normal(random);
                    level *= Math.Exp(drift / 3 * Synthetic.Normal(random));
                    usual = level * week[day % 7] * Math.Exp(mood) * (1 + (usual - 1) / 2);
                    break;
                case "bursts":
                    burst = 0.5 * burst + (random.NextDouble() < 0.08 ? -2 * Math.Log(1 - random.NextDouble()) : 0);
                    usual *= (1 + burst) * week[day % 7];
                    break;
                case "shifts":
                    for (; day > next; next += Wait(random))
                    {
                        level *= Math.Exp(0.4 * Synthetic.Normal(random));
                    }

                    usual *= level * week[day % 7];
                    break;
            }

            values[day] = Math.Max(0, usual);
        }

        return values;
    }

    /// <summary>Days to the next shift: 40 on average.</summary>
    private static double Wait(Random random) => -40 * Math.Log(1 - random.NextDouble());
}
