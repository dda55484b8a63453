namespace Platform.SyntheticCompany;

/// <summary>
/// An imagined company, day by day, made of people rather than of time series: they are hired and leave one by one, take to the tools as word goes
/// round, work by their team's week, join projects, change their prompts; calls are counted and priced. It has none of the forecasting engine's code and
/// no level, trend or season of its models. The same seed and plan make the same company; what the plan adds does not change what else comes.
/// </summary>
public static class Company
{
    private const double NanosAToken = 3_000;
    private const double ScheduledDiscount = 0.5;

    private static readonly (string Workload, string Lane, double Share, double Tokens)[] Workloads =
    [
        ("assistant", "realtime", 0.6, 2_500), ("review", "realtime", 0.25, 9_000), ("reports", "scheduled", 0.15, 20_000),
    ];

    /// <summary>A segment for every team and workload; the launched workload, where there is one, comes last.</summary>
    public static IReadOnlyList<SegmentDays> Of(int seed, CompanyPlan plan)
    {
        var holidays = new Holidays(seed, plan);
        var failures = new Failures(new Random(HashCode(seed, 0, 501)), plan);
        var segments = new List<SegmentDays>();
        for (var team = 0; team < plan.Teams; team++)
        {
            var people = new People(new Random(HashCode(seed, team, 0)), plan, holidays);
            for (var i = 0; i < Workloads.Length; i++)
            {
                var (workload, lane, share, tokens) = Workloads[i];
                var habit = new Habit(new Random(HashCode(seed, team, i + 1)), new Random(HashCode(seed, team, i + 201)), tokens);
                var calls = people.Calls(new Random(HashCode(seed, team, i + 101)), share, lane == "scheduled");
                var days = calls.Select((demand, day) => Price(plan, team, day, demand, habit, failures.Share(day, lane == "scheduled"), lane)).ToArray();
                segments.Add(new SegmentDays($"team-{team + 1}", workload, lane, "standard", days));
            }
        }

        if (plan.Launch is { } launch)
        {
            segments.Add(Launched(new Random(HashCode(seed, launch.Team, 999)), plan, launch, holidays));
        }

        return segments;
    }

    /// <summary>The sum of several segments' days in dollars.</summary>
    public static double[] Sum(IEnumerable<double[]> series) => series.Aggregate((sum, next) => [.. sum.Zip(next, (a, b) => a + b)]);

    private static DayTruth Price(CompanyPlan plan, int team, int day, long demand, Habit habit, double failing, string lane)
    {
        var tokens = habit.Tokens(day);
        var cost = tokens * NanosAToken * (lane == "scheduled" ? ScheduledDiscount : 1);
        var control = plan.Control is { } limit && limit.Team == team && day >= limit.Day ? limit : new Control(0, team, 0);
        var calls = demand - (long)Math.Round(demand * control.Denied);
        var fallbacks = (long)Math.Round(calls * failing);
        var routed = cost * (1 - control.PriceCut);
        var (baseline, paid, primary) = (Round(demand * cost), Round(calls * routed), Round(fallbacks * routed));
        var dearer = Round(fallbacks * routed * (plan.Outage?.DearerBy ?? plan.Outages?.DearerBy ?? 0));
        return new DayTruth(demand, calls, fallbacks, Round(calls * tokens), baseline, paid - baseline, 0, dearer)
        {
            Notes = new GatewayNotes(primary, Round(calls * cost), Round(calls * routed * habit.BoundTimes), Round((demand - calls) * routed * habit.BoundTimes)),
        };
    }

    private static SegmentDays Launched(Random random, CompanyPlan plan, Launch launch, Holidays holidays)
    {
        var comes = random.NextDouble() < launch.Probability ? Chance.Uneven(random, Math.Max(1, (int)Math.Round(1 / (launch.Spread * launch.Spread)))) : 0;
        var tokens = launch.Tokens * (launch.TokensSpread > 0 ? Math.Exp(launch.TokensSpread * Chance.Normal(random)) : 1);
        var late = launch.MostDaysLate == 0 ? 0 : random.Next(launch.MostDaysLate + launch.MostDaysLate / 2 + 1) - launch.MostDaysLate / 2;
        var days = Enumerable.Range(0, plan.Days).Select(day =>
        {
            var grown = TakeUp((day - launch.Day - late + 1) / (double)Math.Max(1, launch.RampDays));
            var calls = Chance.Count(random, comes * grown * launch.Calls * (holidays.Is(day) ? 0.5 : 1));
            return new DayTruth(calls, calls, 0, Round(calls * tokens), 0, 0, Round(calls * tokens * NanosAToken), 0);
        }).ToArray();
        return new SegmentDays($"team-{launch.Team + 1}", "launch", "realtime", "standard", days);
    }

    /// <summary>Few at first, then many, then the last ones: an even ramp is what people plan, and not how they take to things.</summary>
    private static double TakeUp(double part) => Math.Clamp(part, 0, 1) is var at ? at * at * (3 - 2 * at) : 0;

    private static long Round(double value) => (long)Math.Round(value);

    private static int HashCode(int seed, int team, int what) => unchecked((seed * 7919 + team) * 104_729 + what) & int.MaxValue;
}
