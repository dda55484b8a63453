using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>
/// The days ahead, cut where a piece of the calendar or a change of a scenario begins or ends. Costs are kept by piece: a step's part of a piece is what the team has on its days in the same path.
/// </summary>
internal sealed class Timeline
{
    private readonly int[] _stepOfDay;
    private readonly (int First, int End)[] _stepsOfPiece;

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
        _stepsOfPiece = [.. Enumerable.Range(0, HorizonCalendar.Pieces).Select(piece => (steps.FindIndex(step => step.Piece == piece), steps.FindLastIndex(step => step.Piece == piece) + 1))
            .Select(of => of.Item2 == 0 ? (0, 0) : of)];
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

    /// <summary>The steps of a piece: the first, and the one after the last.</summary>
    public (int First, int End) StepsOf(int piece) => _stepsOfPiece[piece];

    /// <summary>
    /// By path and step, the step's part of its piece: what the team's own days of that path have there, where a piece has several steps. Those of a piece add up to one. Null where no piece is cut.
    /// </summary>
    public double[]? Weights(TeamPaths paths)
    {
        if (_stepsOfPiece.All(steps => steps.End - steps.First <= 1))
        {
            return null;
        }

        var weights = new double[paths.Count * Steps.Count];
        for (var path = 0; path < paths.Count; path++)
        {
            var days = paths.Path(path);
            foreach (var (first, end) in _stepsOfPiece)
            {
                Weigh(days, weights.AsSpan(path * Steps.Count, Steps.Count), first, end);
            }
        }

        return weights;
    }

    private void Weigh(ReadOnlySpan<long> days, Span<double> weights, int first, int end)
    {
        var (all, count) = (0.0, 0);
        for (var step = first; step < end; step++)
        {
            foreach (var nanos in days[Steps[step].FirstDay..Steps[step].EndDay])
            {
                weights[step] += nanos;
            }

            (all, count) = (all + weights[step], count + Steps[step].Days);
        }

        for (var step = first; step < end; step++)
        {
            weights[step] = all > 0 ? weights[step] / all : Steps[step].Days / (double)count;
        }
    }
}

/// <param name="FirstDay">Ahead; 0 is today.</param>
/// <param name="EndDay">The day after the last.</param>
internal readonly record struct Step(int Piece, int FirstDay, int EndDay)
{
    public int Days => EndDay - FirstDay;
}
