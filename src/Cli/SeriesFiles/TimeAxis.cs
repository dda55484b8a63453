namespace Platform.Cli.SeriesFiles;

/// <summary>The evenly spaced steps of a series, those without a row included.</summary>
/// <param name="Length">Steps from the first observation to the last.</param>
internal abstract record TimeAxis(int Length)
{
    /// <summary>A series with a longer one has a wrong date or frequency rather than so many missing rows.</summary>
    protected const int Longest = 1_000_000;

    /// <param name="observations">Numbers that are dates are read as such: <see cref="CompactDates"/>.</param>
    /// <exception cref="KtError">An observation lies between two steps, or the series is longer than any is.</exception>
    public static TimeAxis Of(IReadOnlyList<Observation> observations, Frequency frequency, string path)
    {
        var numbers = observations.Count(observation => observation.Time.IsNumber);
        if (numbers > 0 && numbers < observations.Count)
        {
            var (number, date) = (observations.First(observation => observation.Time.IsNumber), observations.First(observation => !observation.Time.IsNumber));
            throw SeriesFileReader.Wrong(path, Math.Max(number.Line, date.Line),
                $"ds '{number.Time}' (line {number.Line}) is a whole number and '{date.Time}' (line {date.Line}) a date: a series has one or the other");
        }

        return numbers > 0 ? CounterAxis.FromNumbers(observations, path) : MomentAxis.FromMoments(observations, frequency, path);
    }

    /// <summary>Where an observation belongs, counted from 0.</summary>
    /// <exception cref="KtError">It lies between two steps.</exception>
    public abstract int Position(Observation observation, string path);

    /// <summary>As the file writes it: the step so many after the last observation, the first being 0; -1 is the last observation itself.</summary>
    public abstract string Ahead(int step);

    /// <summary>The calendar day of each step from the first observation on, as people write it where the series is kept; null for a counter.</summary>
    public abstract DateOnly[]? Days(int steps);

    /// <summary>How many steps after this series' last observation another's last is, negative for before; null where the two cannot be compared.</summary>
    public abstract int? StepsToEndOf(TimeAxis other);

    /// <param name="advice">What may be wrong where there are too many.</param>
    protected static int Count(long steps, string advice, IReadOnlyList<Observation> observations, string path) => steps < Longest
        ? (int)steps + 1
        : throw SeriesFileReader.Wrong(path, observations[0].Line, $"the series that begins here spans {steps + 1} steps, more than {Longest}; {advice}");
}
