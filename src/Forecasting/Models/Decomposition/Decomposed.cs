namespace Platform.Forecasting.Models;

/// <summary>Takes the seasons off, lets another model forecast what is left, and puts the last season on again.</summary>
internal sealed class Decomposed(IReadOnlyList<int> seasons, IForecastModel inner) : IForecastModel
{
    public string Name { get; } = $"mstl({string.Join(',', seasons)})+{inner.Name}";

    public int LeastHistory => Math.Max(2 * seasons[^1], inner.LeastHistory);

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var split = SeasonalSplit.Of(history, seasons);
        return new Fitted(Name, split, inner.Fit(split.Adjusted, (earlier as Fitted)?.Inner));
    }

    private sealed class Fitted(string name, SeasonalSplit split, IFittedModel inner) : IFittedModel
    {
        public IFittedModel Inner => inner;

        public string Name => name;

        public void Predict(Span<double> path)
        {
            inner.Predict(path);
            for (var step = 0; step < path.Length; step++)
            {
                path[step] += split.Ahead(step);
            }
        }
    }
}
