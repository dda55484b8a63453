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

    /// <summary>As messages call a step.</summary>
    public static string Adjective(this Frequency frequency) => frequency.ToString().ToLowerInvariant();
}
