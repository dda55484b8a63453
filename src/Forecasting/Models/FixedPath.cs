namespace Platform.Forecasting.Models;

/// <summary>A fit whose forecasts go on by a rule: a straight line, plus a pattern that repeats.</summary>
/// <param name="level">Of step 0, the last observation's place.</param>
/// <param name="slope">What each step adds.</param>
/// <param name="pattern">Added by step, repeated; the first belongs to the first step. One zero for none.</param>
internal sealed class FixedPath(string name, double level, double slope, double[] pattern) : IFittedModel
{
    public string Name => name;

    public void Predict(Span<double> path)
    {
        for (var step = 0; step < path.Length; step++)
        {
            path[step] = level + slope * (step + 1) + pattern[step % pattern.Length];
        }
    }
}
