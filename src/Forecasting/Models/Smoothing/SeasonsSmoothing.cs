using Platform.Forecasting.Numerics;

namespace Platform.Forecasting.Models;

/// <summary>
/// Exponential smoothing with one or two additive seasons and a first-order autoregressive error (Taylor 2003, Journal of the Operational Research
/// Society 54:799; De Livera, Hyndman, Snyder 2011, as BATS). It follows hours that depend on the day and on the week.
/// </summary>
internal sealed class SeasonsSmoothing : IForecastModel
{
    private const int ColdEvaluations = 200;
    private const int WarmEvaluations = 50;
    private readonly int[] _seasons;

    /// <param name="seasons">Ascending; of more than two the shortest and the longest are followed.</param>
    public SeasonsSmoothing(IReadOnlyList<int> seasons)
    {
        _seasons = seasons.Count > 1 ? [seasons[0], seasons[^1]] : [seasons[0]];
        Name = $"smoothing({string.Join(',', _seasons)})";
    }

    public string Name { get; }

    public int LeastHistory => 2 * _seasons[^1];

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var values = history.ToArray();
        var start = SeasonsState.Start(values, _seasons);
        var known = (earlier as Fitted)?.Point;
        var point = known is null ? _seasons.Length > 1 ? [-2, 0.5, -3, -3] : [-2, 0.5, -3] : (double[])known.Clone();
        NelderMead.Minimise(
            new Objective(start, start.Copy(), values), point, known is null ? 1 : 0.3, known is null ? ColdEvaluations : WarmEvaluations, 1e-6);
        return new Fitted(Name, point, start.Run(SeasonsParameters.FromSearch(point), values, out _), values.Length);
    }

    private readonly struct Objective(SeasonsState start, SeasonsState working, double[] values) : IObjective
    {
        public double At(ReadOnlySpan<double> point)
        {
            start.First.CopyTo(working.First, 0);
            start.Second.CopyTo(working.Second, 0);
            working.Run(SeasonsParameters.FromSearch(point), values, out var squares);
            return squares;
        }
    }

    private sealed class Fitted(string name, double[] point, SeasonsState end, int count) : IFittedModel
    {
        public double[] Point => point;

        public string Name => name;

        public void Predict(Span<double> path)
        {
            var phi = SeasonsParameters.FromSearch(point).Phi;
            var error = end.Error;
            for (var step = 0; step < path.Length; step++)
            {
                error *= phi;
                path[step] = end.Level + error + end.First[(count + step) % end.First.Length] + end.Second[(count + step) % end.Second.Length];
            }
        }
    }
}
