using System.Globalization;

namespace Platform.Forecast.Tests;

/// <summary>Each layer, judged by itself: its 80 % band holds what comes in about four of five imagined companies.</summary>
public sealed class LayerScoreTests(ITestOutputHelper output)
{
    /// <summary>Set for the long form: how many companies are judged.</summary>
    private const string SeedsVariable = "KT_COMPANY_SEEDS";

    private const int ShortSeeds = 100;

    [Fact]
    public void Every_layer_finds_what_comes_inside_its_band_in_about_four_of_five_companies()
    {
        var isLong = Environment.GetEnvironmentVariable(SeedsVariable) is { Length: > 0 };
        var scores = new LayerScore[isLong ? int.Parse(Environment.GetEnvironmentVariable(SeedsVariable)!, NumberStyles.None, CultureInfo.InvariantCulture) : ShortSeeds];
        Parallel.For(0, scores.Length, seed => scores[seed] = LayerScore.Of(seed));

        var held = scores[0].Inside.Keys.ToDictionary(layer => layer, layer => scores.Count(score => score.Inside[layer]) / (double)scores.Length);
        foreach (var (layer, share) in held)
        {
            var figures = scores.Select(score => score.Layers[layer]).ToArray();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{layer}: {share * scores.Length:0} of {scores.Length} inside; below {figures.Count(figure => figure.Came < figure.Said.P10)}, above {figures.Count(figure => figure.Came > figure.Said.P90)}; all that came is {figures.Sum(figure => (double)figure.Came) / figures.Sum(figure => (double)figure.Said.Expected):0.00} of what was expected"));
        }

        Assert.All(held, layer => Assert.InRange(layer.Value, isLong ? 0.75 : 0.70, isLong ? 0.85 : 0.90));
    }
}
