using Platform.Forecasting.Preparation;

namespace Platform.Cli.SeriesFiles;

/// <summary>What is odd about series and can be meant so: it is said, not refused.</summary>
internal static class SeriesNotes
{
    /// <param name="seasons">Those asked for.</param>
    public static IEnumerable<string> Of(IReadOnlyList<FileSeries> all, IReadOnlyList<int> seasons) =>
        all.Select(series => NeverThere(series, seasons)).Append(EndEarlier(all)).OfType<string>();

    /// <summary>A file of working days alone: what is filled in on its weekends is added to every total.</summary>
    private static string? NeverThere(FileSeries series, IReadOnlyList<int> seasons)
    {
        foreach (var season in SeasonSight.Shown(series.Values.Length, seasons))
        {
            var there = new bool[season];
            for (var step = 0; step < series.Values.Length; step++)
            {
                there[step % season] |= !double.IsNaN(series.Values[step]);
            }

            if (there.Count(place => !place) is > 0 and var never)
            {
                var example = series.Axis.Ahead(Array.IndexOf(there, false) - series.Values.Length);
                return $"{series.Id}: {never} of every {season} steps never have a value (one is {example}); they are forecast like those beside them and are part of the total. "
                    + "If nothing happens then, write rows with y 0.";
            }
        }

        return null;
    }

    /// <summary>Each series is forecast from its own end, so that steps and totals of one file need not be of the same time.</summary>
    private static string? EndEarlier(IReadOnlyList<FileSeries> all)
    {
        var dated = all.Where(series => series.Axis is MomentAxis).ToArray();
        var latest = dated.FirstOrDefault();
        foreach (var series in dated)
        {
            latest = latest!.Axis.StepsToEndOf(series.Axis) > 0 ? series : latest;
        }

        var earlier = dated.Where(series => latest!.Axis.StepsToEndOf(series.Axis) < 0).ToArray();
        return earlier.Length == 0
            ? null
            : $"{earlier.Length} series end before {latest!.Axis.Ahead(-1)}, where others of the file do ('{earlier[0].Id}' at {earlier[0].Axis.Ahead(-1)}); each is forecast from its own end.";
    }
}
