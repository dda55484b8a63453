namespace Platform.Cli.Demo;

/// <summary>How calls spread over a week and a day (UTC). Weights are relative to a usual weekday and a usual hour.</summary>
internal static class DemoShape
{
    private static readonly double[] OfficeHours =
        [0.05, 0.03, 0.02, 0.02, 0.03, 0.08, 0.25, 0.6, 1.2, 1.7, 1.9, 1.7, 1.3, 1.6, 1.8, 1.7, 1.5, 1.1, 0.6, 0.4, 0.3, 0.2, 0.12, 0.08];

    private static readonly double[] CustomerHours =
        [0.35, 0.25, 0.2, 0.2, 0.25, 0.4, 0.7, 1.0, 1.3, 1.4, 1.4, 1.3, 1.3, 1.3, 1.35, 1.35, 1.4, 1.45, 1.5, 1.5, 1.4, 1.1, 0.8, 0.5];

    private static readonly double[] NightHours =
        [2.0, 3.5, 4.0, 4.0, 3.0, 1.5, 0.6, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.3, 0.4, 0.6, 1.0, 1.5];

    public static double OfWeekday(string workload, DayOfWeek day) => (workload, day) switch
    {
        ("interactive", DayOfWeek.Saturday) => 0.62,
        ("interactive", DayOfWeek.Sunday) => 0.55,
        ("interactive", DayOfWeek.Monday) => 1.12,
        ("copilot", DayOfWeek.Saturday) => 0.12,
        ("copilot", DayOfWeek.Sunday) => 0.10,
        ("copilot", DayOfWeek.Friday) => 0.85,
        ("evaluation", DayOfWeek.Saturday or DayOfWeek.Sunday) => 0.25,
        ("evaluation", DayOfWeek.Tuesday or DayOfWeek.Thursday) => 1.4,
        ("batch", DayOfWeek.Sunday) => 1.3,
        _ => 1.0,
    };

    /// <summary>The hour of a call; <paramref name="draw"/> is uniform in [0, 1).</summary>
    public static int Hour(string workload, double draw)
    {
        var hours = workload switch { "interactive" => CustomerHours, "batch" => NightHours, _ => OfficeHours };
        var left = draw * hours.Sum();
        for (var hour = 0; hour < hours.Length; hour++)
        {
            left -= hours[hour];
            if (left < 0)
            {
                return hour;
            }
        }

        return hours.Length - 1;
    }
}
