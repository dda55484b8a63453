using System.Globalization;

namespace Platform.Forecasting.Models;

/// <summary>Lets another model work on a power of the values, or on their logarithms (Box and Cox 1964).</summary>
/// <param name="power">Above 0 up to 1, or 0 for logarithms, which need values above zero.</param>
internal sealed class Powered(double power, IForecastModel inner) : IForecastModel
{
    /// <summary>What a transformed forecast may rise to at most, as a multiple of the greatest value: powers turn a steep line into an explosion.</summary>
    private const double MostGrowth = 4;

    private readonly string _scale = power == 0 ? "log:" : string.Create(CultureInfo.InvariantCulture, $"pow{power}:");

    public string Name => _scale + inner.Name;

    public int LeastHistory => inner.LeastHistory;

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var transformed = new double[history.Length];
        var greatest = 0.0;
        for (var t = 0; t < history.Length; t++)
        {
            greatest = Math.Max(greatest, history[t]);
            transformed[t] = power == 0 ? Math.Log(history[t]) : Math.Pow(history[t], power);
        }

        return new Fitted(_scale, power, MostGrowth * greatest, inner.Fit(transformed, (earlier as Fitted)?.Inner));
    }

    private sealed class Fitted(string scale, double power, double most, IFittedModel inner) : IFittedModel
    {
        public IFittedModel Inner => inner;

        /// <summary>With its scale: the same model on plain values is often tried beside it, and both stand in one list.</summary>
        public string Name => scale + inner.Name;

        public void Predict(Span<double> path)
        {
            inner.Predict(path);
            for (var step = 0; step < path.Length; step++)
            {
                path[step] = Math.Min(most, power == 0 ? Math.Exp(path[step]) : Math.Pow(Math.Max(0, path[step]), 1 / power));
            }
        }
    }
}
