using Platform.Forecasting.Preparation;

namespace Platform.Forecasting.Models;

/// <summary>
/// Lets another model see what was before a change of the level as if it had been at the level after it: its pattern stays of use, its level does not.
/// A change is only seen in the history that is given, so that a backtest knows no later one.
/// </summary>
/// <param name="season">The shortest season, or 1.</param>
internal sealed class Realigned(int season, IForecastModel inner) : IForecastModel
{
    /// <summary>Levels below this share of the mean cannot be brought to another by a factor.</summary>
    private const double LeastLevel = 0.02;

    public string Name { get; } = $"realigned+{inner.Name}";

    public int LeastHistory => inner.LeastHistory;

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var values = history.ToArray();
        var shifts = SeasonalLevels.Shifts(values, season);
        for (var i = 0; i < shifts.Count; i++)
        {
            if (shifts[i].Before > LeastLevel && shifts[^1].After > LeastLevel)
            {
                for (var t = i == 0 ? 0 : shifts[i - 1].Position; t < shifts[i].Position; t++)
                {
                    values[t] *= shifts[^1].After / shifts[i].Before;
                }
            }
        }

        return new Fitted(Name, inner.Fit(values, (earlier as Fitted)?.Inner));
    }

    private sealed class Fitted(string name, IFittedModel inner) : IFittedModel
    {
        public IFittedModel Inner => inner;

        public string Name => name;

        public void Predict(Span<double> path) => inner.Predict(path);
    }
}
