namespace Platform.Forecasting.Tests;

/// <summary>
/// Daily series of kinds that nothing in the engine is chosen by: they are measured (./bench forecast), and no constant is changed for what they show. Whoever does change one for them makes other kinds.
/// </summary>
internal static class HeldOut
{
    public static readonly string[] All = ["takeup", "batches", "quarters", "rationed", "handover"];

    public static double[] Series(string kind, int seed, int days)
    {
        var random = new Random(unchecked(seed * 6007 + 31 * Array.IndexOf(All, kind)));
        var (middle, speed, uneven) = (days * random.NextDouble(), 0.03 + 0.12 * random.NextDouble(), 0.1 + 0.3 * random.NextDouble());
        var (period, share, ceiling) = (5 + random.Next(9), 0.2 + 0.6 * random.NextDouble(), 0.8 + 0.5 * random.NextDouble());
        var (before, after, leaves) = (0.5 + random.NextDouble(), 0.5 + random.NextDouble(), random.Next(days));
        var weekend = 0.1 + 0.8 * random.NextDouble();
        return [.. Enumerable.Range(0, days).Select(day =>
        {
            var work = day % 7 < 5 ? 1 : weekend;
            var chance = Gamma(random, 1 / (uneven * uneven));
            return kind switch
            {
                // People take to a tool, and then all have.
                "takeup" => work * chance * (0.1 + 1 / (1 + Math.Exp(-speed * (day - middle)))),

                // A job that runs every so many days, large or small, on next to nothing.
                "batches" => (day % period == 0 ? 5 * Gamma(random, 2) : 0) + 0.05 * chance,

                // Three weeks in thirteen are busier.
                "quarters" => work * chance * (day % 91 >= 70 ? 1 + 2 * share : 1),

                // What is wanted grows and swings; what is spent stops at a ceiling.
                "rationed" => Math.Min(ceiling, work * chance * (1 + day / (double)days)),

                // One workload gives way to another over three weeks.
                "handover" => work * chance * (before + (after - before) * Math.Clamp((day - leaves) / 21.0, 0, 1)),
                _ => throw new ArgumentOutOfRangeException(nameof(kind)),
            };
        })];
    }

    /// <summary>Mean 1, variance 1 / shape, by Wilson and Hilferty's cube.</summary>
    private static double Gamma(Random random, double shape) => Math.Pow(Math.Max(0, 1 - 1 / (9 * shape) + Synthetic.Normal(random) / (3 * Math.Sqrt(shape))), 3);
}
