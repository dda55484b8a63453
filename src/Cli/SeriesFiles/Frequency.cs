namespace Platform.Cli.SeriesFiles;

/// <summary>How far apart the observations of a file are.</summary>
internal enum Frequency
{
    Hourly,
    Daily,
    Weekly,
    Monthly,
}

internal static class FrequencyExtensions
{
    public static Frequency? Parse(string letter) => letter.ToUpperInvariant() switch
    {
        "H" => Frequency.Hourly,
        "D" => Frequency.Daily,
        "W" => Frequency.Weekly,
        "M" => Frequency.Monthly,
        _ => null,
    };

    /// <summary>Observations of the seasons that are looked for when none are named.</summary>
    public static int[] UsualSeasons(this Frequency frequency) => frequency switch
    {
        Frequency.Hourly => [24, 168],
        Frequency.Daily => [7],
        Frequency.Weekly => [52],
        Frequency.Monthly => [12],
    };

    public static DateTime Add(this Frequency frequency, DateTime start, int steps) => frequency switch
    {
        Frequency.Hourly => start.AddHours(steps),
        Frequency.Daily => start.AddDays(steps),
        Frequency.Weekly => start.AddDays(7.0 * steps),
        Frequency.Monthly => start.AddMonths(steps),
    };

    /// <summary>How many steps after the start a moment is; null when it is between two of them or out of reach.</summary>
    public static int? StepsBetween(this Frequency frequency, DateTime start, DateTime moment)
    {
        var steps = frequency switch
        {
            Frequency.Hourly => (moment - start).TotalHours,
            Frequency.Daily => (moment - start).TotalDays,
            Frequency.Weekly => (moment - start).TotalDays / 7,
            Frequency.Monthly => 12.0 * (moment.Year - start.Year) + moment.Month - start.Month,
        };
        return steps is >= 0 and < int.MaxValue && frequency.Add(start, (int)steps) == moment ? (int)steps : null;
    }
}
