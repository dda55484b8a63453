namespace Platform.Cli.SeriesFiles;

/// <summary>One series of a file, evenly spaced.</summary>
/// <param name="Values">Oldest first; not a number where a row or its value is missing.</param>
internal sealed record FileSeries(string Id, TimeAxis Axis, double[] Values);

/// <summary>Lays the observations of a series on its steps, and refuses what is hardly a series of that frequency.</summary>
internal static class SeriesLayout
{
    /// <summary>Two observations have one distance, which says nothing of the others.</summary>
    private const int LeastForDistance = 3;

    /// <exception cref="KtError">Two observations share a step, or most steps have none, or all are further apart than the frequency says; the message names a line.</exception>
    public static FileSeries Of(string id, IReadOnlyList<Observation> rows, Frequency frequency, string path)
    {
        var observations = CompactDates.Resolve(rows, frequency, path);
        var axis = TimeAxis.Of(observations, frequency, path);
        var steps = observations.Select(observation => axis.Position(observation, path)).ToArray();
        if (observations.All(observation => double.IsNaN(observation.Value)))
        {
            throw SeriesFileReader.Wrong(path, observations[0].Line, $"every y of '{id}' is blank; a forecast needs at least one");
        }

        CheckDistance(id, observations, steps, axis, frequency, path);
        CheckShare(id, observations, axis, frequency, path);
        var lines = new int[axis.Length];
        var values = new double[axis.Length];
        Array.Fill(values, double.NaN);
        for (var i = 0; i < steps.Length; i++)
        {
            var (at, observation) = (steps[i], observations[i]);
            if (lines[at] != 0)
            {
                throw SeriesFileReader.Wrong(path, observation.Line, $"ds '{observation.Time}' of '{id}' is on line {lines[at]} too{Advice(observation.Time, frequency)}");
            }

            (lines[at], values[at]) = (observation.Line, observation.Value);
        }

        return new FileSeries(id, axis, values);
    }

    /// <summary>Every second week, or hours counted in seconds: whoever takes the steps between for missing forecasts them as well.</summary>
    private static void CheckDistance(string id, IReadOnlyList<Observation> observations, int[] steps, TimeAxis axis, Frequency frequency, string path)
    {
        var distance = steps.Length < LeastForDistance ? 1 : steps.Aggregate(GreatestDivisor);
        if (distance > 1)
        {
            throw SeriesFileReader.Wrong(path, observations[0].Line, axis is CounterAxis
                ? $"the counters of '{id}' are multiples of {distance} apart; {CounterAxis.Advice}"
                : $"the rows of '{id}' are multiples of {distance} {frequency.Adjective()} steps apart; choose the --frequency that it is observed at, or write the rows between");
        }
    }

    private static void CheckShare(string id, IReadOnlyList<Observation> observations, TimeAxis axis, Frequency frequency, string path)
    {
        var known = observations.Count(observation => !double.IsNaN(observation.Value));
        if (2L * known < axis.Length)
        {
            throw SeriesFileReader.Wrong(path, observations[0].Line,
                $"'{id}' has values at {known} of {axis.Length} {frequency.Adjective()} steps; at least half are needed. "
                + "Where nothing happened write rows with y 0, choose a longer --frequency and write its sums, or leave the series out");
        }
    }

    /// <summary>Where clocks go back an hour comes twice, and only its offset tells which it is.</summary>
    private static string Advice(Stamp time, Frequency frequency) =>
        frequency == Frequency.Hourly && !time.IsNumber && !TimeForms.HasZone(time.Form) ? "; times without an offset are UTC, so local hours need theirs (2026-10-25T02:00:00+01:00)" : "";

    private static int GreatestDivisor(int a, int b) => b == 0 ? a : GreatestDivisor(b, a % b);
}
