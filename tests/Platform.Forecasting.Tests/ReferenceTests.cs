using System.Text.Json;
using Platform.Forecasting.Models;

namespace Platform.Forecasting.Tests;

/// <summary>
/// Exponential smoothing and STL beside an implementation that shares nothing with this one: for given parameters and first states, statsmodels' figures (References/make.py says how they were made).
/// What is chosen and searched is the engine's own, and has no such figures.
/// </summary>
public sealed class ReferenceTests
{
    private const int Year = 12;

    private static readonly JsonElement Reference = Read();
    private static readonly EtsParameters Given = new(0.35, 0.08, 0.93, 0.2);
    private static readonly double[] AdditiveSeason = [20, 15, 10, 10, 0, -25, -30];
    private static readonly double[] MultiplicativeSeason = [1.2, 1.15, 1.1, 1.1, 1.0, 0.75, 0.7];

    [Fact]
    public void Each_stable_form_of_smoothing_has_the_likelihood_and_the_forecasts_of_the_reference()
    {
        var values = Doubles(Reference.GetProperty("days"));
        var forms = Reference.GetProperty("smoothing").EnumerateArray().ToDictionary(FormOf);

        Assert.Equal(EtsForm.Stable(7).Select(form => form.Name).Order(), forms.Keys.Select(form => form.Name).Order());
        Assert.All(forms, pair =>
        {
            var (form, figures) = pair;
            var parameters = new EtsParameters(Given.Alpha, form.HasTrend ? Given.Beta : 0, PhiOf(form), GammaOf(form));
            var end = new EtsState(98, form.HasTrend ? 0.9 : 0, SeasonOf(form), 0).Run(form, parameters, values, out var misfit);
            var ahead = new double[14];
            end.Predict(form, parameters.Phi, ahead);

            // The constant that the engine leaves out, since it is the same for all forms.
            Assert.Equal(figures.GetProperty("logLikelihood").GetDouble(), -(misfit + values.Length * (Math.Log(2 * Math.PI) + 1)) / 2, 1e-8);
            Assert.Equal(Doubles(figures.GetProperty("ahead")), ahead, (expected, actual) => Math.Abs(expected - actual) < 1e-8);
        });
    }

    [Fact]
    public void A_season_is_taken_apart_as_the_reference_takes_it()
    {
        var values = Doubles(Reference.GetProperty("months"));
        Assert.All(Reference.GetProperty("decompositions").EnumerateArray(), figures =>
        {
            var (trend, seasonal) = (new double[values.Length], new double[values.Length]);
            new SeasonalTrend(Year, figures.GetProperty("window").GetInt32()).Split(values, trend, seasonal);

            Assert.Equal(Doubles(figures.GetProperty("trend")), trend, (expected, actual) => Math.Abs(expected - actual) < 1e-8);
            Assert.Equal(Doubles(figures.GetProperty("seasonal")), seasonal, (expected, actual) => Math.Abs(expected - actual) < 1e-8);
        });
    }

    private static EtsForm FormOf(JsonElement figures)
    {
        var season = figures.GetProperty("season").GetString() switch { null => EtsSeason.None, "add" => EtsSeason.Additive, _ => EtsSeason.Multiplicative };
        return new EtsForm(
            figures.GetProperty("error").GetString() == "add" ? EtsError.Additive : EtsError.Multiplicative,
            figures.GetProperty("trend").GetString() switch { null => EtsTrend.None, "add" => EtsTrend.Additive, _ => EtsTrend.Damped },
            season, season == EtsSeason.None ? 1 : 7);
    }

    private static double PhiOf(EtsForm form) => form.Trend switch { EtsTrend.None => 0, EtsTrend.Additive => 1, EtsTrend.Damped => Given.Phi };

    /// <summary>A multiplicative season stays as it is: there the reference divides by the level after the observation, the definition by the one before.</summary>
    private static double GammaOf(EtsForm form) => form.Season == EtsSeason.Additive ? Given.Gamma : 0;

    private static double[] SeasonOf(EtsForm form) => form.Season switch
    {
        EtsSeason.None => [0],
        EtsSeason.Additive => [.. AdditiveSeason],
        EtsSeason.Multiplicative => [.. MultiplicativeSeason],
    };

    private static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetDouble())];

    private static JsonElement Read()
    {
        using var stream = typeof(ReferenceTests).Assembly.GetManifestResourceStream("statsmodels.json")!;
        return JsonSerializer.Deserialize<JsonElement>(stream);
    }
}
