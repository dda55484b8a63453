namespace Platform.Cli.Demo;

/// <summary>How one team's workload behaves: calls on a usual weekday at the beginning, sizes of a call, and the models asked for with their shares.</summary>
/// <param name="DailyGrowth">Relative growth a day, 0.003 = 0.3 %.</param>
/// <param name="InputTokens">Median; calls vary log-normally around it.</param>
/// <param name="CachedShare">Share of input that a provider's cache serves.</param>
internal sealed record DemoStream(
    string TeamId, string Workload, double CallsADay, double DailyGrowth, double InputTokens, double OutputTokens, double CachedShare,
    IReadOnlyList<(string Model, double Share)> Models);

/// <summary>What happens in the demo's ninety days, and when: all places are shares of the history, so that shorter ones have the same story.</summary>
internal sealed record DemoPlan(DateOnly FirstDay, DateOnly LastDay, int Seed)
{
    public const string LaunchTeam = "team_search";
    public const double LaunchFactor = 1.9;
    public const string RoutingTeam = "team_support";
    public const string DearModel = "gpt-4o";
    public const string CheapModel = "gpt-4o-mini";
    public const string FallbackModel = "gpt-4.1";
    private const double RoutedShareAfter = 0.10;
    private static readonly TimeSpan IncidentStart = TimeSpan.FromHours(13);
    private static readonly TimeSpan IncidentLength = TimeSpan.FromHours(4);

    /// <summary>The demo's teams with their names for people.</summary>
    public static readonly IReadOnlyList<(string TeamId, string Name)> Teams =
    [
        ("team_support", "Customer support"), ("team_search", "Product search"), ("team_research", "Research"), ("team_platform", "Platform engineering"), ("team_marketing", "Marketing"),
    ];

    public static readonly IReadOnlyList<DemoStream> Streams =
    [
        new("team_support", "interactive", 260, 0.0030, 3_200, 420, 0.35, [(CheapModel, 0.55), (DearModel, 0.45)]),
        new("team_support", "copilot", 60, 0.0020, 5_200, 600, 0.25, [(DearModel, 1.0)]),
        new("team_search", "interactive", 150, 0.0025, 2_100, 240, 0.20, [(CheapModel, 0.75), ("gpt-4.1-mini", 0.25)]),
        new("team_search", "batch", 70, 0.0010, 9_000, 700, 0.10, [("gpt-4.1-nano", 0.5), (CheapModel, 0.5)]),
        new("team_research", "evaluation", 55, 0.0040, 14_000, 2_400, 0.05, [("o4-mini", 0.6), (DearModel, 0.4)]),
        new("team_research", "batch", 40, 0.0015, 22_000, 1_800, 0.00, [("gpt-4.1", 1.0)]),
        new("team_platform", "copilot", 130, 0.0045, 6_500, 750, 0.45, [("gpt-4.1", 0.7), ("o4-mini", 0.3)]),
        new("team_platform", "evaluation", 25, 0.0000, 8_000, 900, 0.05, [(CheapModel, 1.0)]),
        new("team_marketing", "copilot", 55, 0.0020, 2_600, 1_300, 0.15, [(DearModel, 0.6), (CheapModel, 0.4)]),
        new("team_marketing", "batch", 35, 0.0000, 4_000, 1_600, 0.00, [(CheapModel, 1.0)]),
    ];

    /// <summary>A team's interactive traffic steps up and stays.</summary>
    public DateOnly Launch => At(0.60);

    /// <summary>From this day on most of a team's calls to the dear model go to the cheap one.</summary>
    public DateOnly RoutingChange => At(0.75);

    /// <summary>The dear model is down for a few hours, and calls fall back to another.</summary>
    public (DateTimeOffset From, DateTimeOffset To) Incident
    {
        get
        {
            var start = Midnight(At(0.87)) + IncidentStart;
            return (start, start + IncidentLength);
        }
    }

    public int Days => LastDay.DayNumber - FirstDay.DayNumber + 1;

    public static DemoPlan For(DateTimeOffset now, int days, int seed)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        return new DemoPlan(today.AddDays(1 - days), today, seed);
    }

    public static DateTimeOffset Midnight(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    /// <summary>Calls that a stream is expected to make on a day.</summary>
    public double ExpectedCalls(DemoStream stream, DateOnly day)
    {
        var launched = stream is { TeamId: LaunchTeam, Workload: "interactive" } && day >= Launch;
        return stream.CallsADay * Math.Pow(1 + stream.DailyGrowth, day.DayNumber - FirstDay.DayNumber) * DemoShape.OfWeekday(stream.Workload, day.DayOfWeek)
            * (launched ? LaunchFactor : 1);
    }

    /// <summary>The model that a call asks for; <paramref name="draw"/> is uniform in [0, 1).</summary>
    public string ModelAsked(DemoStream stream, DateOnly day, double draw)
    {
        if (stream is { TeamId: RoutingTeam, Workload: "interactive" } && day >= RoutingChange)
        {
            return draw < RoutedShareAfter ? DearModel : CheapModel;
        }

        foreach (var (model, share) in stream.Models)
        {
            if (draw < share)
            {
                return model;
            }

            draw -= share;
        }

        return stream.Models[^1].Model;
    }

    private DateOnly At(double share) => FirstDay.AddDays((int)(Days * share));
}
