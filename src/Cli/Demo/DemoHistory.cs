namespace Platform.Cli.Demo;

/// <summary>Makes the demo's calls. Pure: the same plan and the same moment give the same calls with the same ids, in order of days.</summary>
internal static class DemoHistory
{
    private const double CallNoise = 0.07;
    private const double SizeNoise = 0.55;

    /// <summary>All calls before <paramref name="now"/>.</summary>
    public static IEnumerable<DemoEvent> Make(DemoPlan plan, DateTimeOffset now)
    {
        for (var day = plan.FirstDay; day <= plan.LastDay; day = day.AddDays(1))
        {
            foreach (var stream in DemoPlan.Streams)
            {
                foreach (var made in MakeDay(plan, stream, day))
                {
                    if (made.OccurredAt < now)
                    {
                        yield return made;
                    }
                }
            }
        }
    }

    private static IEnumerable<DemoEvent> MakeDay(DemoPlan plan, DemoStream stream, DateOnly day)
    {
        var random = SeededRandom.For(plan.Seed, day, $"{stream.TeamId}/{stream.Workload}");
        var calls = (int)Math.Round(plan.ExpectedCalls(stream, day) * Math.Max(0.5, 1 + (CallNoise * random.NextNormal())));
        for (var number = 0; number < calls; number++)
        {
            yield return MakeCall(plan, stream, day, number, random);
        }
    }

    private static DemoEvent MakeCall(DemoPlan plan, DemoStream stream, DateOnly day, int number, SeededRandom random)
    {
        var occurredAt = DemoPlan.Midnight(day)
            + TimeSpan.FromHours(DemoShape.Hour(stream.Workload, random.NextUnit()))
            + TimeSpan.FromMilliseconds((int)(random.NextUnit() * 3_600_000));
        var asked = plan.ModelAsked(stream, day, random.NextUnit());
        var incident = plan.Incident;
        var fallback = asked == DemoPlan.DearModel && occurredAt >= incident.From && occurredAt < incident.To;
        var input = Size(stream.InputTokens, random.NextNormal());
        var cached = (long)(input * stream.CachedShare * random.NextUnit() * 2 * 0.95);
        var output = Size(stream.OutputTokens, random.NextNormal());
        return new DemoEvent(
            $"demo-{plan.Seed}-{day:yyyyMMdd}-{stream.TeamId}-{stream.Workload}-{number}", occurredAt, stream.TeamId, stream.Workload, asked,
            fallback ? DemoPlan.FallbackModel : asked, input - Math.Min(cached, input), Math.Min(cached, input), output,
            300 + (output * 9) + (long)(random.NextUnit() * 400) + (fallback ? 2_000 : 0), fallback);
    }

    private static long Size(double median, double normal) => Math.Clamp((long)(median * Math.Exp(SizeNoise * normal)), 16, 120_000);
}
