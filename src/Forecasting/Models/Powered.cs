namespace Platform.Forecasting.Models;

/// <summary>Lets another model work on a power of the values, or on their logarithms (Box and Cox 1964).</summary>
/// <param name="power">Above 0 up to 1, or 0 for logarithms, which need values above zero.</param>
internal sealed class Powered(double power, IForecastModel inner) : IForecastModel
{
    /// <summary>What a transformed forecast may rise to at most, as a multiple of the greatest value: powers turn a steep line into an explosion.</summary>
    private const double MostGrowth = 4;

    public string Name { get; } = $"{(power == 0 ? "log" : $"pow{power}")}:{inner.Name}";

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

        return new Fitted(power, MostGrowth * greatest, inner.Fit(transformed, (earlier as Fitted)?.Inner));
    }

    private sealed class Fitted(double power, double most, IFittedModel inner) : IFittedModel
    {
        public IFittedModel Inner => inner;

        public string Name => inner.Name;

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
