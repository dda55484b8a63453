namespace Platform.SyntheticCompany;

/// <summary>The people of a team: how many there are, how many of them have taken to the tools, and what their days are like.</summary>
internal sealed class People
{
    private static readonly double[][] Weeks =
    [
        [1, 1.05, 1.1, 1.05, 0.9, 0.1, 0.05], [1, 1, 1, 1, 0.85, 0.35, 0.3], [1, 1, 1, 1, 1, 0.85, 0.8],
    ];

    private const double LeaversAYear = 0.15;
    private const double CallsAPerson = 12;

    private readonly double[] _wanted;
    private readonly CompanyPlan _plan;

    public People(Random random, CompanyPlan plan, Holidays holidays)
    {
        _plan = plan;
        _wanted = new double[plan.Days];
        var heads = 20 + (long)(120 * random.NextDouble());
        var growth = plan.GrowthAYear ?? -0.2 + 1.7 * random.NextDouble();
        var share = 0.2 + 0.6 * random.NextDouble();
        var users = plan.Adopting ? (long)(heads * share) : heads;
        var week = Weeks[random.Next(Weeks.Length)];
        var projects = new List<(int End, double More)>();
        var keenness = 0.0005 + 0.0055 * random.NextDouble();
        for (var day = 0; day < plan.Days; day++)
        {
            var joining = Chance.Count(random, heads * (LeaversAYear + Math.Max(0, growth)) / 365);
            var leaving = Math.Min(heads - 1, Chance.Count(random, heads * (LeaversAYear + Math.Max(0, -growth)) / 365));
            users = Math.Max(1, users - Chance.Count(random, leaving * users / (double)heads) + Chance.Count(random, joining * 0.5));
            heads += joining - leaving;
            users = Math.Min(heads, users + Chance.Count(random, keenness * users * Math.Max(0, heads - users) / heads));
            users = plan.Adopting ? users : heads;
            if (random.NextDouble() < 1 / 30.0)
            {
                projects.Add((day + 4 + random.Next(20), 0.05 + 0.4 * random.NextDouble()));
            }

            projects.RemoveAll(project => project.End <= day);
            var busy = 1 + projects.Sum(project => project.More);
            var ill = 1 - Math.Min(0.4, 0.06 * -Math.Log(1 - random.NextDouble()));
            _wanted[day] = users * CallsAPerson * week[(int)plan.Start.AddDays(day).DayOfWeek is var at && at == 0 ? 6 : at - 1] * busy * ill * (holidays.Is(day) ? 0.2 : 1);
        }
    }

    /// <summary>Calls of a share of the work, by day. Scheduled work is of the last days' rather than of the day's, and runs at any hour.</summary>
    public long[] Calls(Random random, double share, bool scheduled)
    {
        var calls = new long[_plan.Days];
        for (var day = 0; day < calls.Length; day++)
        {
            var wanted = scheduled ? _wanted[Math.Max(0, day - 6)..(day + 1)].Average() : _wanted[day];

            // Now and then something goes wrong and calls are made again.
            var again = random.NextDouble() < 0.015 ? 1.2 + 0.8 * random.NextDouble() : 1;
            calls[day] = Chance.Count(random, share * wanted * again * Chance.Uneven(random, 25));
        }

        return calls;
    }
}
