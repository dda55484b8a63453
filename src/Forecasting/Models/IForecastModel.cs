namespace Platform.Forecasting.Models;

/// <summary>A way to forecast one evenly spaced series. Stateless: the same history gives the same fit.</summary>
public interface IForecastModel
{
    /// <summary>The family, for example ets; a fit's name also says which form of it.</summary>
    string Name { get; }

    /// <summary>The fewest observations that it can be fitted on.</summary>
    int LeastHistory { get; }

    /// <summary>Fits the model on a history, oldest observation first.</summary>
    /// <param name="earlier">
    /// What this model fitted on a shorter piece of the same history, as a place to start from; null when there is none. It saves time and never
    /// brings anything in that the longer history does not have.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The history is shorter than <see cref="LeastHistory"/>.</exception>
    IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null);
}

/// <summary>A model with its parameters and its state at the end of the history.</summary>
public interface IFittedModel
{
    /// <summary>As people read it, for example seasonal_naive(7) or ets(A,Ad,A).</summary>
    string Name { get; }

    /// <summary>Fills the point forecasts of the steps after the history. They may be negative; whoever forecasts spend cuts them at zero.</summary>
    void Predict(Span<double> path);
}

public static class FittedModelExtensions
{
    /// <summary>The point forecasts of so many steps.</summary>
    public static double[] Predict(this IFittedModel fit, int horizon)
    {
        var path = new double[horizon];
        fit.Predict(path);
        return path;
    }
}
