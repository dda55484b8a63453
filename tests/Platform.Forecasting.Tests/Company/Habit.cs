namespace Platform.SyntheticCompany;

/// <summary>How long the prompts and answers of a workload are: the same for weeks, until somebody changes a template.</summary>
internal sealed class Habit
{
    private readonly List<(int From, double Tokens)> _templates = [];
    private readonly Random _random;

    /// <param name="bounds">Draws how far a call may cost more than it does.</param>
    public Habit(Random random, Random bounds, double usual)
    {
        (_random, BoundTimes) = (random, 2 + 4 * bounds.NextDouble());
        var tokens = usual * Math.Exp(0.3 * Chance.Normal(random));
        for (var day = 0; day < 2_000; day += 10 + (int)(-120 * Math.Log(1 - random.NextDouble())))
        {
            _templates.Add((day, tokens));
            tokens *= Math.Exp(0.15 * Chance.Normal(random));
        }
    }

    /// <summary>What a call may cost at most, by what it does.</summary>
    public double BoundTimes { get; }

    /// <summary>The mean of a day's calls.</summary>
    public double Tokens(int day) => _templates.Last(template => template.From <= day).Tokens * Chance.Uneven(_random, 150);
}
