using System.Globalization;

namespace Platform.Cli.SeriesFiles;

/// <summary>
/// Steps that are dated. Hours pass alike everywhere and are counted in UTC. Days, weeks and months are counted as they are written, by the wall calendar: a day whose
/// midnight has another offset than that of the day before is still the next day.
/// </summary>
/// <param name="First">The first step: of hours in UTC, else as written.</param>
/// <param name="DayOfMonth">Of months, the day they are dated by, or their last where they have none such; 31 for month ends.</param>
/// <param name="Form">How steps ahead are written.</param>
/// <param name="Offsets">Ascending by step, from which on times are written with which offset; the first is at step 0.</param>
internal sealed record MomentAxis(Frequency Frequency, DateTime First, int DayOfMonth, string Form, IReadOnlyList<(int Step, TimeSpan Offset)> Offsets, int Length) : TimeAxis(Length)
{
    private const int MonthEnds = 31;

    /// <param name="observations">All with moments.</param>
    public static MomentAxis FromMoments(IReadOnlyList<Observation> observations, Frequency frequency, string path)
    {
        var moments = observations.Select(observation => Counted(observation, frequency)).ToArray();
        var (first, latest) = (moments.Min(), observations[Array.IndexOf(moments, moments.Max())]);
        var axis = new MomentAxis(frequency, first, Anchor(moments, first), FormOf(latest, frequency), [], 0);
        axis = axis with { Length = Count(axis.Position(latest, path), "is a ds wrong, or --frequency?", observations, path) };
        return axis with { Offsets = frequency == Frequency.Hourly ? axis.OffsetsOf(observations, path) : [(0, latest.Time.Moment.Offset)] };
    }

    public override int Position(Observation observation, string path) => StepsTo(Counted(observation, Frequency))
        ?? throw SeriesFileReader.Wrong(path, observation.Line,
            $"ds '{observation.Time}' is no whole number of {Frequency.Adjective()} steps after the series' first, {Written(0)}{Advice}");

    public override string Ahead(int step) => Written(Length + step);

    public override DateOnly[]? Days(int steps)
    {
        var days = new DateOnly[steps];
        var offset = 0;
        for (var step = 0; step < steps; step++)
        {
            offset += offset + 1 < Offsets.Count && Offsets[offset + 1].Step <= step ? 1 : 0;
            days[step] = DateOnly.FromDateTime(Frequency == Frequency.Hourly ? At(step) + Offsets[offset].Offset : At(step));
        }

        return days;
    }

    public override int? StepsToEndOf(TimeAxis other) => other is MomentAxis moments ? (this with { First = At(Length - 1) }).StepsTo(moments.At(moments.Length - 1)) : null;

    /// <summary>What most often puts an observation between two steps.</summary>
    private string Advice => Frequency switch
    {
        Frequency.Daily or Frequency.Weekly => "; days count as they are written, so write local dates, or all times with one offset",
        Frequency.Monthly => "; months are dated by the same day each, or all by their last",
        Frequency.Hourly => "",
    };

    private static DateTime Counted(Observation observation, Frequency frequency) =>
        frequency == Frequency.Hourly ? observation.Time.Moment.UtcDateTime : observation.Time.Moment.DateTime;

    /// <summary>A first month that is too short for the day of the others is dated by its last day: 28 February, 30 March.</summary>
    private static int Anchor(DateTime[] moments, DateTime first) => moments.All(IsMonthEnd) ? MonthEnds : IsMonthEnd(first) ? moments.Max(moment => moment.Day) : first.Day;

    private static bool IsMonthEnd(DateTime moment) => moment.Day == DateTime.DaysInMonth(moment.Year, moment.Month);

    private static string FormOf(Observation latest, Frequency frequency) => (frequency, latest.Time) switch
    {
        (Frequency.Hourly, var time) => TimeForms.HasTime(time.Form) ? time.Form : TimeForms.Utc,
        (_, var time) => TimeForms.HasTime(time.Form) && time.Moment.TimeOfDay == TimeSpan.Zero ? TimeForms.Date : time.Form,
    };

    private List<(int Step, TimeSpan Offset)> OffsetsOf(IReadOnlyList<Observation> observations, string path)
    {
        var offsets = new List<(int Step, TimeSpan Offset)>();
        foreach (var (step, offset) in observations.Select(observation => (Position(observation, path), observation.Time.Moment.Offset)).Order())
        {
            if (offsets.Count == 0 || offsets[^1].Offset != offset)
            {
                offsets.Add((step, offset));
            }
        }

        return offsets;
    }

    private DateTime At(int step)
    {
        if (Frequency != Frequency.Monthly)
        {
            return First.AddTicks(step * Span.Ticks);
        }

        var month = First.AddDays(1 - First.Day).AddMonths(step);
        return month.AddDays(Math.Min(DayOfMonth, DateTime.DaysInMonth(month.Year, month.Month)) - 1);
    }

    private TimeSpan Span => Frequency switch
    {
        Frequency.Hourly => TimeSpan.FromHours(1),
        Frequency.Daily => TimeSpan.FromDays(1),
        Frequency.Weekly => TimeSpan.FromDays(7),
        Frequency.Monthly => throw new InvalidOperationException("Months have no one length."),
    };

    /// <summary>Negative for before the first; null between two steps.</summary>
    private int? StepsTo(DateTime moment)
    {
        var steps = Frequency == Frequency.Monthly ? 12 * (moment.Year - First.Year) + moment.Month - First.Month : (int)((moment - First) / Span);
        return At(steps) == moment ? steps : null;
    }

    private string Written(int step)
    {
        var offset = Offsets.Count > 0 ? Offsets[^1].Offset : TimeSpan.Zero;
        var moment = Frequency == Frequency.Hourly ? new DateTimeOffset(At(step), TimeSpan.Zero).ToOffset(offset) : new DateTimeOffset(At(step), offset);
        return moment.ToString(Form, CultureInfo.InvariantCulture);
    }
}
