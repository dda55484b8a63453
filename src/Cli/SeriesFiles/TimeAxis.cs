using System.Globalization;

namespace Platform.Cli.SeriesFiles;

/// <summary>The evenly spaced moments of a series: a counter, dates, or times in UTC.</summary>
/// <param name="Start">Of a counter, its first number; else 0.</param>
/// <param name="First">Of dates and times, the first moment.</param>
/// <param name="Format">How moments are written; empty for a counter.</param>
/// <param name="Length">Observations from the first to the last, those missing included.</param>
internal sealed record TimeAxis(Frequency Frequency, long Start, DateTime First, string Format, int Length)
{
    private const string Date = "yyyy-MM-dd";
    private const string Time = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>A series with a longer one has a wrong date or frequency rather than so many missing rows.</summary>
    private const int Longest = 1_000_000;

    public static TimeAxis Of(IReadOnlyList<Observation> observations, Frequency frequency, string path)
    {
        if (observations.All(observation => Number(observation.Time) is not null))
        {
            var numbers = observations.Select(observation => Number(observation.Time)!.Value).ToArray();
            return new TimeAxis(frequency, numbers.Min(), default, "", Count((decimal)numbers.Max() - numbers.Min(), observations, path));
        }

        var moments = observations.Select(observation => Moment(observation, path)).ToArray();
        var (first, last) = (moments.Min(), moments.Max());
        var format = moments.All(moment => moment.TimeOfDay == TimeSpan.Zero) && frequency != Frequency.Hourly ? Date : Time;
        var axis = new TimeAxis(frequency, 0, first, format, 0);
        var end = axis.Steps(last, observations[Array.IndexOf(moments, last)], path);
        return axis with { Length = Count(end, observations, path) };
    }

    /// <summary>Where an observation belongs, counted from 0.</summary>
    public int Position(Observation observation, string path) => Format.Length == 0
        ? (int)(Number(observation.Time)!.Value - Start)
        : Steps(Moment(observation, path), observation, path);

    /// <summary>As it is written in the file: the moment so many steps after the last observation, the first being 0.</summary>
    public string Ahead(int step) => Format.Length == 0
        ? (Start + Length + step).ToString(CultureInfo.InvariantCulture)
        : Frequency.Add(First, Length + step).ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>The day of each step from the first observation on; null for a counter.</summary>
    public DateOnly[]? Days(int steps) => Format.Length == 0
        ? null
        : [.. Enumerable.Range(0, steps).Select(step => DateOnly.FromDateTime(Frequency.Add(First, step)))];

    /// <summary>How many steps after this series' last observation another's last is, negative for before; null where the two cannot be compared.</summary>
    public int? StepsToEndOf(TimeAxis other)
    {
        if (Format.Length == 0 || other.Format.Length == 0)
        {
            return Format.Length == 0 && other.Format.Length == 0 ? (int)Math.Clamp(other.Start + other.Length - Start - Length, -Longest, Longest) : null;
        }

        var (last, theirs) = (Frequency.Add(First, Length - 1), Frequency.Add(other.First, other.Length - 1));
        return theirs >= last ? Frequency.StepsBetween(last, theirs) : -Frequency.StepsBetween(theirs, last);
    }

    private int Steps(DateTime moment, Observation observation, string path) => Frequency.StepsBetween(First, moment)
        ?? throw SeriesFileReader.Wrong(path, observation.Line,
            $"ds '{observation.Time}' is no whole number of {Frequency.ToString().ToLowerInvariant()} steps after the series' first, {First.ToString(Format, CultureInfo.InvariantCulture)}");

    private static int Count(decimal steps, IReadOnlyList<Observation> observations, string path) => steps < Longest
        ? (int)steps + 1
        : throw SeriesFileReader.Wrong(path, observations[0].Line, $"the series that begins here spans {steps + 1} steps, more than {Longest}: is a ds wrong, or --frequency?");

    private static long? Number(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static DateTime Moment(Observation observation, string path) =>
        DateTimeOffset.TryParse(observation.Time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces, out var moment) && moment.Year <= Years.Last
            ? moment.UtcDateTime
            : throw SeriesFileReader.Wrong(path, observation.Line, $"ds '{observation.Time}' is no date (2026-06-01), time (2026-06-01T13:00:00Z) before {Years.Last + 1} or whole number");
}
