using Platform.Forecasting.Numerics;

namespace Platform.Forecasting.Models;

/// <summary>
/// Exponential smoothing in state-space form (Hyndman et al. 2002, International Journal of Forecasting 18:439). Smoothing parameters maximise the
/// likelihood; among the forms that the history is long enough for, the least AICc wins.
/// </summary>
public sealed class ExponentialSmoothing : IForecastModel
{
    private const int ColdEvaluations = 120;
    private const int WarmEvaluations = 30;

    /// <summary>So many of the forms that did best on a shorter piece are looked at again on a longer one;</summary>
    private const int FormsKept = 4;

    /// <summary>and all of them as soon as the history is so many times as long as when all were: a trend that began since then has another form.</summary>
    private const double Outgrown = 1.4;

    /// <summary>Forms that divide by the level are only tried where every value is above this share of the mean.</summary>
    private const double LeastShareOfMean = 0.02;

    private readonly EtsForm[] _forms;
    private readonly int _season;

    /// <summary>Chooses among all stable forms, with and without a season.</summary>
    /// <param name="season">Observations a season: 7 for days in weeks, 1 for none.</param>
    public ExponentialSmoothing(int season)
        : this(season, EtsForm.Stable(season))
    {
    }

    /// <summary>Chooses among the given forms only.</summary>
    public ExponentialSmoothing(int season, params EtsForm[] forms)
    {
        _season = season;
        _forms = forms;
    }

    public string Name => "ets";

    public int LeastHistory => _forms.Min(form => form.LeastHistory);

    public IFittedModel Fit(ReadOnlySpan<double> history, IFittedModel? earlier = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, LeastHistory);
        var values = history.ToArray();
        var positive = Positive(values);
        var last = earlier as EtsFit;
        var kept = last?.Searched.Where(search => positive || !search.Form.NeedsPositive).Take(FormsKept).Select(search => search.Form).ToArray() ?? [];
        var all = last is null || kept.Length < Math.Min(FormsKept, _forms.Length) || values.Length >= Outgrown * last.AllSearchedAt;
        var forms = all ? _forms.Where(form => values.Length >= form.LeastHistory && (positive || !form.NeedsPositive)) : kept;
        EtsSearch[] searched = [.. forms.Select(form => Search(form, values, last?.Searched.FirstOrDefault(search => search.Form == form)?.Point)).OrderBy(search => search.Aicc)];
        var best = searched[0];
        EtsSearch[] left = [.. last?.Searched.Where(search => searched.All(now => now.Form != search.Form)) ?? []];
        return EtsFit.Run(best.Form, EtsParameters.FromSearch(best.Form, best.Point), best.Start, values, [.. searched, .. left], all ? values.Length : last!.AllSearchedAt);
    }

    private static bool Positive(double[] values) => values.Min() > LeastShareOfMean * values.Average();

    private EtsSearch Search(EtsForm form, double[] values, double[]? known)
    {
        var start = EtsStart.Of(form, _season, values);
        var point = known is null ? EtsParameters.SearchStart(form) : [.. known];
        var misfit = NelderMead.Minimise(
            new Objective(form, start, values, new double[start.Season.Length]),
            point,
            step: known is null ? 1 : 0.3,
            evaluations: known is null ? ColdEvaluations : WarmEvaluations,
            tolerance: 1e-5);
        var (n, k) = (values.Length, form.DegreesOfFreedom);
        return new EtsSearch(form, start, point, misfit + 2 * k + 2.0 * k * (k + 1) / (n - k - 1));
    }

    private readonly struct Objective(EtsForm form, EtsState start, double[] values, double[] season) : IObjective
    {
        public double At(ReadOnlySpan<double> point)
        {
            start.Season.CopyTo(season, 0);
            (start with { Season = season }).Run(form, EtsParameters.FromSearch(form, point), values, out var misfit);
            return misfit;
        }
    }
}
