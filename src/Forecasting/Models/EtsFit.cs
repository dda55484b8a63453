namespace Platform.Forecasting.Models;

/// <summary>Exponential smoothing of one form, run through its history.</summary>
internal sealed class EtsFit : IFittedModel
{
    private readonly double[] _residuals;
    private readonly EtsState _end;

    private EtsFit(EtsForm form, EtsParameters parameters, double[] residuals, EtsState end, double aicc, double[]?[] searched)
    {
        Form = form;
        Parameters = parameters;
        _residuals = residuals;
        _end = end;
        Aicc = aicc;
        Searched = searched;
    }

    public EtsForm Form { get; }

    public EtsParameters Parameters { get; }

    /// <summary>Akaike's criterion corrected for short histories, up to a constant that is the same for all forms. Lower is better.</summary>
    public double Aicc { get; }

    /// <summary>Where the search of every form ended, for the next fit to begin at; null for forms that the history was too short for.</summary>
    public double[]?[] Searched { get; }

    public string Name => Form.Name;

    public ReadOnlySpan<double> Residuals => _residuals;

    public double Level => _end.Level;

    public double Trend => _end.Trend;

    public static EtsFit Run(EtsForm form, EtsParameters parameters, EtsStart start, ReadOnlySpan<double> history, double[]?[] searched)
    {
        var state = new EtsState(parameters, start.Level, start.Trend, [.. start.Season]);
        var residuals = new double[history.Length];
        var squares = 0.0;
        for (var t = 0; t < history.Length; t++)
        {
            residuals[t] = history[t] - state.Forecast;
            squares += residuals[t] * residuals[t];
            state.Advance(residuals[t]);
        }

        return new EtsFit(form, parameters, residuals, state, AiccOf(squares, history.Length, form.DegreesOfFreedom), searched);
    }

    public void Continue(ReadOnlySpan<double> shocks, Span<double> path)
    {
        var state = _end.Copy();
        for (var step = 0; step < path.Length; step++)
        {
            path[step] = state.Forecast + shocks[step];
            state.Advance(shocks[step]);
        }
    }

    /// <summary>A perfect fit has no logarithm; the floor keeps it finite and lets the form with fewer parameters win.</summary>
    private static double AiccOf(double squares, int n, int k) =>
        n * Math.Log(Math.Max(squares / n, 1e-18)) + 2 * k + 2.0 * k * (k + 1) / (n - k - 1);
}
