namespace Platform.Cli.SeriesFiles;

/// <summary>
/// Whole numbers that are dates: <c>20260131</c>, and months <c>202601</c>. Taken as counters they would go on with 20260132, and every month would seem to have
/// seventy missing days. Numbers are taken for dates where all of a series look like such, which no counter of some length does: it soon comes to a 32nd.
/// </summary>
internal static class CompactDates
{
    private const int EarliestYear = 1900;
    private const int LastWeek = 53;

    /// <summary>The observations with dates for numbers, or as they were.</summary>
    /// <exception cref="KtError">They look like dates and one is none, or like weeks, which are not read.</exception>
    public static IReadOnlyList<Observation> Resolve(IReadOnlyList<Observation> observations, Frequency frequency, string path)
    {
        if (observations.Any(observation => !observation.Time.IsNumber))
        {
            return observations;
        }

        if (All(observations, number => HasMonth(number / 100) && number % 100 is >= 1 and <= 31))
        {
            return Dated(observations, TimeForms.CompactDate, path);
        }

        if (frequency == Frequency.Monthly && All(observations, HasMonth))
        {
            return Dated(observations, TimeForms.CompactMonth, path);
        }

        if (frequency == Frequency.Weekly && All(observations, number => HasYear(number / 100) && number % 100 is >= 1 and <= LastWeek))
        {
            throw SeriesFileReader.Wrong(path, observations[0].Line,
                $"ds '{observations[0].Time}' looks like a year and a week, which is not read: write the date of a day of the week, the same weekday in every row");
        }

        return observations;
    }

    private static bool All(IReadOnlyList<Observation> observations, Func<long, bool> looks) => observations.All(observation => looks(observation.Time.Number));

    private static bool HasMonth(long number) => HasYear(number / 100) && number % 100 is >= 1 and <= 12;

    private static bool HasYear(long number) => number >= EarliestYear && number <= Years.Last;

    private static Observation[] Dated(IReadOnlyList<Observation> observations, string form, string path) => [.. observations.Select(observation => observation with
    {
        Time = observation.Time.AsDate(form) ?? throw SeriesFileReader.Wrong(path, observation.Line, $"ds '{observation.Time}' is no date, and those of the other rows are dates"),
    })];
}
