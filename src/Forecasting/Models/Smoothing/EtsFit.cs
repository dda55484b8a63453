namespace Platform.Forecasting.Models;

/// <summary>Exponential smoothing of one form, at the end of its history.</summary>
internal sealed class EtsFit(EtsForm form, EtsParameters parameters, EtsState end, EtsSearch[] searched, int allSearchedAt) : IFittedModel
{
    public EtsForm Form => form;

    public EtsParameters Parameters => parameters;

    public EtsState End => end;

    /// <summary>Where the search of every form ended, for the next fit to begin at: those that were searched on this history first, best first.</summary>
    public EtsSearch[] Searched => searched;

    /// <summary>How long the history was when all forms were last searched.</summary>
    public int AllSearchedAt => allSearchedAt;

    public string Name => form.Name;

    public static EtsFit Run(EtsForm form, EtsParameters parameters, EtsState start, ReadOnlySpan<double> history, EtsSearch[]? searched = null, int allSearchedAt = 0) =>
        new(form, parameters, start.Copy().Run(form, parameters, history, out _), searched ?? [], allSearchedAt);

    public void Predict(Span<double> path) => end.Predict(form, parameters.Phi, path);
}

/// <param name="Aicc">Akaike's criterion corrected for short histories, up to a constant that is the same for all forms. Lower is better.</param>
internal sealed record EtsSearch(EtsForm Form, EtsState Start, double[] Point, double Aicc);
