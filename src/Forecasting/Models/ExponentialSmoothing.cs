namespace Platform.Forecasting.Models;

/// <summary>
/// Exponential smoothing with additive errors in state-space form (Hyndman et al. 2002, International Journal of Forecasting 18:439). Smoothing
/// parameters minimise the squared one-step errors; among the forms that the history is long enough for, the least AICc wins.
/// </summary>
public sealed class ExponentialSmoothing : IForecastModel
{
    private const int ColdEvaluations = 160;
    private const int WarmEvaluations = 50;
    private readonly EtsForm[] _forms;
    private readonly int _season;

    /// <summary>Chooses among none, additive and damped trend, each without and with a season.</summary>
    /// <param name="season">Observations a season: 7 for days in weeks.</param>
    public ExponentialSmoothing(int season)
        : this(season, [.. from length in new[] { 1, season } from trend in Enum.GetValues<EtsTrend>() select new EtsForm(trend, length)])
    {
    }

    /// <summary>Chooses among the given forms only.</summary>
    public ExponentialSmoothing(int season, params EtsForm[] forms)
    {
        _season = season;
        _forms = forms;
    }

    public int LeastHistory => _forms.Min(form => form.LeastHistory);

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var values = history.ToArray();
        var searched = new double[]?[_forms.Length];
        var known = (earlier as EtsFit)?.Searched;
        EtsFit? best = null;
        for (var i = 0; i < _forms.Length; i++)
        {
            if (values.Length < _forms[i].LeastHistory)
            {
                continue;
            }

            var start = EtsStart.Of(_forms[i], _season, values);
            searched[i] = Search(_forms[i], start, values, known?[i]);
            var fit = EtsFit.Run(_forms[i], EtsParameters.FromSearch(_forms[i], searched[i]!), start, values, searched);
            if (best is null || fit.Aicc < best.Aicc)
            {
                best = fit;
            }
        }

        return best!;
    }

    private static double[] Search(EtsForm form, EtsStart start, double[] values, double[]? known)
    {
        var season = new double[start.Season.Length];
        return NelderMead.Minimise(
            point => SumOfSquares(EtsParameters.FromSearch(form, point), start, values, season),
            known ?? EtsParameters.SearchStart(form),
            step: known is null ? 1 : 0.3,
            evaluations: known is null ? ColdEvaluations : WarmEvaluations,
            tolerance: 1e-6).Point;
    }

    /// <summary>The same recursion as <see cref="EtsState"/>, without objects: it runs a hundred thousand times a forecast.</summary>
    private static double SumOfSquares(EtsParameters parameters, EtsStart start, double[] values, double[] season)
    {
        start.Season.CopyTo(season, 0);
        var (alpha, beta, phi, gamma) = parameters;
        var (level, trend, phase, sum) = (start.Level, start.Trend, 0, 0.0);
        foreach (var value in values)
        {
            var smooth = level + phi * trend;
            var error = value - smooth - season[phase];
            level = smooth + alpha * error;
            trend = phi * trend + beta * error;
            season[phase] += gamma * error;
            phase = phase + 1 == season.Length ? 0 : phase + 1;
            sum += error * error;
        }

        return sum;
    }
}
