namespace Platform.Cli.SeriesFiles;

/// <summary>The other series of a file, laid so that their last observation is at the moment of one series' last.</summary>
internal static class Siblings
{
    public static IReadOnlyList<double[]> Of(FileSeries series, IReadOnlyList<FileSeries> all) =>
        [.. all.Where(other => !ReferenceEquals(other, series)).Select(other => Lay(series, other)).OfType<double[]>()];

    /// <summary>Null where the two share no axis, or none of the other's observations is left.</summary>
    private static double[]? Lay(FileSeries series, FileSeries other) => series.Axis.StepsToEndOf(other.Axis) switch
    {
        null => null,
        var later when later >= other.Values.Length => null,
        0 => other.Values,
        > 0 and var later => other.Values[..^later],
        var earlier when -earlier > other.Values.Length => null,
        var earlier => [.. other.Values, .. Enumerable.Repeat(double.NaN, -earlier.Value)],
    };
}
