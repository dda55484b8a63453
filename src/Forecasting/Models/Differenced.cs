namespace Platform.Forecasting.Models;

/// <summary>Lets another model work on the change since so many observations ago, which takes a wandering level (or a wandering season) off.</summary>
/// <param name="lag">1 for the change since the last observation, a season for the change since the same time of the last one.</param>
internal sealed class Differenced(int lag, IForecastModel inner) : IForecastModel
{
    public string Name { get; } = $"diff({lag})+{inner.Name}";

    public int LeastHistory => inner.LeastHistory + lag;

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var changes = new double[history.Length - lag];
        for (var t = 0; t < changes.Length; t++)
        {
            changes[t] = history[t + lag] - history[t];
        }

        return new Fitted(Name, history[^lag..].ToArray(), inner.Fit(changes, (earlier as Fitted)?.Inner));
    }

    private sealed class Fitted(string name, double[] last, IFittedModel inner) : IFittedModel
    {
        public IFittedModel Inner => inner;

        public string Name => name;

        public void Predict(Span<double> path)
        {
            inner.Predict(path);
            for (var step = 0; step < path.Length; step++)
            {
                path[step] += step < last.Length ? last[step] : path[step - last.Length];
            }
        }
    }
}
