namespace Platform.Forecasting.Models;

/// <summary>The states of the dynamic Theta model after <paramref name="Count"/> observations.</summary>
/// <param name="Mean">Of all observations so far.</param>
/// <param name="Intercept">Of the least-squares line through them; A in the paper.</param>
/// <param name="Slope">B in the paper.</param>
/// <param name="Fading">(1 - alpha) to the power of Count.</param>
internal readonly record struct ThetaState(int Count, double Level, double Mean, double Intercept, double Slope, double Fading)
{
    /// <summary>Before the first observation.</summary>
    public static ThetaState Start(double level, double first) => new(0, level, 0, first, 0, 1);

    /// <summary>Of the next observation.</summary>
    public double Forecast(in DynamicTheta.Parameters parameters) =>
        Level + (1 - 1 / parameters.Theta) * (Fading * Intercept + (1 - Fading * (1 - parameters.Alpha)) / parameters.Alpha * Slope);

    public ThetaState Advance(in DynamicTheta.Parameters parameters, double value)
    {
        var t = Count + 1;
        var level = parameters.Alpha * value + (1 - parameters.Alpha) * Level;
        var slope = t == 1 ? 0 : ((t - 2) * Slope + 6 * (value - Mean) / t) / (t + 1);
        var mean = Mean + (value - Mean) / t;
        return new ThetaState(t, level, mean, mean - slope * (t + 1) / 2.0, slope, Fading * (1 - parameters.Alpha));
    }

    /// <param name="squares">Of the one-step errors from the third observation on: a line needs two.</param>
    public ThetaState Run(in DynamicTheta.Parameters parameters, ReadOnlySpan<double> values, out double squares)
    {
        var state = this;
        squares = 0;
        foreach (var value in values)
        {
            if (state.Count >= 2)
            {
                var error = value - state.Forecast(parameters);
                squares += error * error;
            }

            state = state.Advance(parameters, value);
        }

        return state;
    }
}
