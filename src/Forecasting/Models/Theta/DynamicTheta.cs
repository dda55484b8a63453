using Platform.Forecasting.Numerics;

namespace Platform.Forecasting.Models;

/// <summary>
/// The dynamic optimised Theta model (Fiorucci et al. 2016, International Journal of Forecasting 32:1151): the line is drawn anew after every
/// observation, and first level, smoothing and theta are searched together.
/// </summary>
public sealed class DynamicTheta : IForecastModel
{
    private const int ColdEvaluations = 150;
    private const int WarmEvaluations = 40;

    public string Name => "dynamic_theta";

    public int LeastHistory => 4;

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var values = history.ToArray();
        var known = (earlier as Fitted)?.Point;
        double[] point = known is null ? [values[0], 0, 0] : [.. known];
        NelderMead.Minimise(
            new Objective(values), point, step: known is null ? 0.5 : 0.2, known is null ? ColdEvaluations : WarmEvaluations, tolerance: 1e-6);
        return new Fitted(point, Parameters.FromSearch(point), ThetaState.Start(point[0], values[0]).Run(Parameters.FromSearch(point), values, out _));
    }

    /// <param name="Alpha">Between 0.1 and 0.99, as the authors have it.</param>
    /// <param name="Theta">At least 1; 2 is the classic method.</param>
    internal readonly record struct Parameters(double Alpha, double Theta)
    {
        public static Parameters FromSearch(ReadOnlySpan<double> point) => new(0.1 + 0.89 / (1 + Math.Exp(-point[1])), 1 + Math.Min(Math.Exp(point[2]), 1e6));
    }

    private readonly struct Objective(double[] values) : IObjective
    {
        public double At(ReadOnlySpan<double> point)
        {
            ThetaState.Start(point[0], values[0]).Run(Parameters.FromSearch(point), values, out var squares);
            return squares;
        }
    }

    private sealed class Fitted(double[] point, Parameters parameters, ThetaState end) : IFittedModel
    {
        public double[] Point => point;

        public string Name => "dynamic_theta";

        public void Predict(Span<double> path)
        {
            var state = end;
            for (var step = 0; step < path.Length; step++)
            {
                path[step] = state.Forecast(parameters);
                state = state.Advance(parameters, path[step]);
            }
        }
    }
}
