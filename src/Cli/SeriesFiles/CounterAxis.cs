using System.Globalization;

namespace Platform.Cli.SeriesFiles;

/// <summary>Steps that are counted, not dated.</summary>
/// <param name="Start">The first observation's number.</param>
internal sealed record CounterAxis(long Start, int Length) : TimeAxis(Length)
{
    public const string Advice = "counters go up by one an observation; seconds since 1970 are to be written as times";

    /// <param name="observations">All with whole numbers.</param>
    public static CounterAxis FromNumbers(IReadOnlyList<Observation> observations, string path)
    {
        var (first, last) = (observations.Min(observation => observation.Time.Number), observations.Max(observation => observation.Time.Number));
        return new CounterAxis(first, Count(last - first, Advice, observations, path));
    }

    public override int Position(Observation observation, string path) => (int)(observation.Time.Number - Start);

    public override string Ahead(int step) => (Start + Length + step).ToString(CultureInfo.InvariantCulture);

    public override DateOnly[]? Days(int steps) => null;

    public override int? StepsToEndOf(TimeAxis other) =>
        other is CounterAxis counter ? (int)Math.Clamp(counter.Start + counter.Length - Start - Length, -Longest, Longest) : null;
}
