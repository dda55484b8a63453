using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>
/// The days ahead, cut where a piece of the calendar or a change of a scenario begins or ends. Costs are kept by piece: a step's part of a piece is what a mean path of the team has on its days.
/// </summary>
internal sealed class Timeline
{
    private readonly int[] _stepOfDay;

    public Timeline(HorizonCalendar horizon, IEnumerable<DateOnly> cuts)
    {
        Horizon = horizon;
        _stepOfDay = new int[horizon.Days];
        var (pieces, steps) = (horizon.PiecesOfDays(), new List<Step>());
        var at = cuts.Select(day => day.DayNumber - horizon.Today.DayNumber).ToHashSet();
        for (var day = 0; day < horizon.Days; day++)
        {
            if (day == 0 || pieces[day] != pieces[day - 1] || at.Contains(day))
            {
                steps.Add(new Step(pieces[day], day, day));
            }

            steps[^1] = steps[^1] with { EndDay = day + 1 };
            _stepOfDay[day] = steps.Count - 1;
        }

        Steps = steps;
    }

    public HorizonCalendar Horizon { get; }

    public IReadOnlyList<Step> Steps { get; }

    public int StepOf(int day) => _stepOfDay[day];

    public double[] Whole()
    {
        var whole = new double[Steps.Count];
        Array.Fill(whole, 1);
        return whole;
    }

    /// <summary>1 in the steps that a span holds, else 0.</summary>
    public double[] Active(Changes.Span span)
    {
        var (from, to) = (
            span.From is { } first ? first.DayNumber - Horizon.Today.DayNumber : int.MinValue, span.To is { } end ? end.DayNumber - Horizon.Today.DayNumber : int.MaxValue);
        return [.. Steps.Select(step => step.FirstDay >= from && step.FirstDay < to ? 1.0 : 0)];
    }

    /// <summary>By step, its part of its piece; those of a piece add up to one.</summary>
    public double[] Weights(TeamPaths paths)
    {
        var weights = Whole();
        if (Steps.Count == HorizonCalendar.Pieces || Steps.Select(step => step.Piece).Distinct().Count() == Steps.Count)
        {
            return weights;
        }

        var means = new double[Horizon.Days];
        for (var path = 0; path < paths.Count; path++)
        {
            var days = paths.Path(path);
            for (var day = 0; day < days.Length; day++)
            {
                means[day] += days[day];
            }
        }

        foreach (var piece in Steps.Index().GroupBy(step => step.Item.Piece))
        {
            var sums = piece.Select(step => Enumerable.Range(step.Item.FirstDay, step.Item.Days).Sum(day => means[day])).ToArray();
            var (all, days) = (sums.Sum(), piece.Sum(step => step.Item.Days));
            foreach (var (place, step) in piece.Index())
            {
                weights[step.Index] = all > 0 ? sums[place] / all : step.Item.Days / (double)days;
            }
        }

        return weights;
    }

    /// <summary>By piece, the mean of what is by step.</summary>
    public double[] ByPiece(double[] bySteps, double[] weights)
    {
        var pieces = new double[HorizonCalendar.Pieces];
        for (var step = 0; step < bySteps.Length; step++)
        {
            pieces[Steps[step].Piece] += weights[step] * bySteps[step];
        }

        return pieces;
    }
}

/// <param name="FirstDay">Ahead; 0 is today.</param>
/// <param name="EndDay">The day after the last.</param>
internal readonly record struct Step(int Piece, int FirstDay, int EndDay)
{
    public int Days => EndDay - FirstDay;
}
