using Platform.Forecasting.Numerics;

namespace Platform.Forecasting.Models;

/// <summary>
/// Autoregression on chosen lags: each value is explained by the last ones and by those around the same time of earlier seasons. Weights are shrunk
/// towards zero (ridge, Hoerl and Kennard 1970), since neighbouring lags say much the same, which also lets long forecasts return to the mean.
/// </summary>
/// <param name="lags">Ascending, the first at least 1.</param>
/// <param name="ridge">Shrinkage as a share of the sum of squares; above 0.</param>
public sealed class LagRegression(int[] lags, double ridge) : IForecastModel
{
    private const int LeastRowsBeyondLags = 10;

    public string Name { get; } = $"regression({lags.Length} lags,{ridge.ToString(System.Globalization.CultureInfo.InvariantCulture)})";

    public int LeastHistory => 2 * lags[^1] + LeastRowsBeyondLags;

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var values = history.ToArray();
        var mean = values.Average();
        for (var t = 0; t < values.Length; t++)
        {
            values[t] -= mean;
        }

        return new Fitted(Name, lags, Weigh(values), mean, values);
    }

    private double[] Weigh(ReadOnlySpan<double> values)
    {
        var (k, most) = (lags.Length, lags[^1]);
        var gram = new double[k * k];
        var weights = new double[k];
        var length = values.Length - most;
        var target = values[most..];
        var squares = Dot(target, target);
        for (var i = 0; i < k; i++)
        {
            var lagged = values.Slice(most - lags[i], length);
            weights[i] = Dot(lagged, target);
            for (var j = 0; j <= i; j++)
            {
                gram[i * k + j] = Dot(lagged, values.Slice(most - lags[j], length));
            }

            gram[i * k + i] += ridge * (squares + 1e-9);
        }

        LeastSquares.Solve(gram, weights);
        return weights;
    }

    private static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        // Four sums at a time, always in the same order, so that the answer is the same on every machine.
        var (a, b, c, d) = (0.0, 0.0, 0.0, 0.0);
        var t = 0;
        for (; t + 3 < left.Length; t += 4)
        {
            a += left[t] * right[t];
            b += left[t + 1] * right[t + 1];
            c += left[t + 2] * right[t + 2];
            d += left[t + 3] * right[t + 3];
        }

        for (; t < left.Length; t++)
        {
            a += left[t] * right[t];
        }

        return a + b + (c + d);
    }

    /// <param name="values">Less the mean.</param>
    private sealed class Fitted(string name, int[] lags, double[] weights, double mean, double[] values) : IFittedModel
    {
        public string Name => name;

        public void Predict(Span<double> path)
        {
            for (var step = 0; step < path.Length; step++)
            {
                var sum = 0.0;
                for (var i = 0; i < lags.Length; i++)
                {
                    var at = step - lags[i];
                    sum += weights[i] * (at >= 0 ? path[at] - mean : values[values.Length + at]);
                }

                path[step] = mean + sum;
            }
        }
    }
}
