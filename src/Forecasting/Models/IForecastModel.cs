namespace Platform.Forecasting.Models;

/// <summary>A way to forecast one evenly spaced series. Stateless: the same history gives the same fit.</summary>
public interface IForecastModel
{
    /// <summary>The fewest observations that it can be fitted on.</summary>
    int LeastHistory { get; }

    /// <summary>Fits the model on a history, oldest observation first.</summary>
    /// <param name="earlier">
    /// What this model fitted on a shorter piece of the same history, as a place to start from; null when there is none. It saves time and never
    /// brings anything in that the longer history does not have.
    /// </param>
    IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null);
}

/// <summary>A model with its parameters and its state at the end of the history.</summary>
public interface IFittedModel
{
    /// <summary>As people read it, for example seasonal_naive(7) or ets(A,Ad,A).</summary>
    string Name { get; }

    /// <summary>One-step errors (actual less forecast), one an observation of the history; NaN where the model had nothing to forecast from.</summary>
    ReadOnlySpan<double> Residuals { get; }

    /// <summary>
    /// Continues the series: the value of every step is the forecast given all steps before it plus the step's shock, so that one error moves the
    /// later steps as the model says. Values may be negative; whoever forecasts spend cuts them at zero.
    /// </summary>
    /// <param name="shocks">One error a step.</param>
    /// <param name="path">Receives as many values.</param>
    void Continue(ReadOnlySpan<double> shocks, Span<double> path);
}

public static class FittedModelExtensions
{
    /// <summary>The point forecast: the path on which nothing unforeseen happens.</summary>
    public static double[] Predict(this IFittedModel fit, int horizon)
    {
        var path = new double[horizon];
        fit.Continue(new double[horizon], path);
        return path;
    }
}
