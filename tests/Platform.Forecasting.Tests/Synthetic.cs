namespace Platform.Forecasting.Tests;

/// <summary>
/// Daily spend of an imagined team, made without any of the engine's code or its model family: calls are counted by the hour from people who come and
/// go, and each call's cost is drawn by itself.
/// </summary>
internal static class Synthetic
{
    private static readonly double[] Weekdays = [1.0, 1.1, 1.15, 1.05, 0.9, 0.3, 0.2];

    /// <summary>Days of spend in dollars: a growing or shrinking crowd, office weeks, uneven days, now and then a burst.</summary>
    public static double[] Team(int seed, int days)
    {
        var random = new Random(seed);
        var people = 20 + 200 * random.NextDouble();
        var growth = (random.NextDouble() - 0.3) * 0.008;
        var weekShape = random.NextDouble();
        var mood = 0.0;
        var spend = new double[days];
        for (var day = 0; day < days; day++)
        {
            people = Math.Max(1, people * (1 + growth) + Math.Sqrt(people) * 0.15 * Normal(random));
            mood = 0.5 * mood + 0.08 * Normal(random);
            var calls = people * 12 * (1 - weekShape + weekShape * Weekdays[day % 7]) * Math.Exp(mood);
            calls += Math.Sqrt(calls) * Normal(random);
            spend[day] = Math.Max(0, calls) * (0.01 + 0.0005 * Normal(random)) * (random.NextDouble() < 0.02 ? 1.8 : 1);
        }

        return spend;
    }

    /// <summary>Standard normal by Marsaglia's polar method.</summary>
    public static double Normal(Random random)
    {
        while (true)
        {
            var (x, y) = (2 * random.NextDouble() - 1, 2 * random.NextDouble() - 1);
            var s = x * x + y * y;
            if (s is > 0 and < 1)
            {
                return x * Math.Sqrt(-2 * Math.Log(s) / s);
            }
        }
    }
}
