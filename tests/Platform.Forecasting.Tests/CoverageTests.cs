namespace Platform.Forecasting.Tests;

public sealed class CoverageTests(ITestOutputHelper output)
{
    private static readonly (int Known, int Horizon)[] Lengths = [(28, 7), (42, 14), (60, 28), (120, 28)];

    [Fact]
    public void Bands_hold_about_four_in_five_of_totals_and_steps_on_series_of_every_kind()
    {
        var (totals, heldTotals, steps, heldSteps) = (0, 0, 0, 0);
        foreach (var kind in Kinds.All)
        {
            var (count, held) = (0, 0);
            foreach (var (known, horizon) in Lengths)
            {
                for (var seed = 0; seed < 25; seed++)
                {
                    var series = Kinds.Series(kind, seed, known + horizon);
                    var paths = ForecastEngine.Forecast(series.AsSpan(0, known), new SeriesForecastOptions(horizon, horizon)).Paths;
                    count++;
                    held += Holds(paths.Total(0, horizon), series[known..].Sum()) ? 1 : 0;
                    steps += horizon;
                    heldSteps += Enumerable.Range(0, horizon).Count(step => Holds(paths.Step(step), series[known + step]));
                }
            }

            output.WriteLine($"{kind}: {held} of {count} totals inside");
            Assert.InRange(held / (double)count, 0.65, 0.95);
            (totals, heldTotals) = (totals + count, heldTotals + held);
        }

        output.WriteLine($"all: {heldTotals} of {totals} totals, {heldSteps} of {steps} steps inside");
        Assert.InRange(heldTotals / (double)totals, 0.75, 0.87);
        Assert.InRange(heldSteps / (double)steps, 0.77, 0.86);
    }

    [Fact]
    public void A_few_quiet_weeks_do_not_make_a_lively_past_forgotten()
    {
        var random = new Random(11);
        double[] noise = [.. Enumerable.Range(0, 56).Select(_ => Synthetic.Normal(random))];
        double Width(Func<int, double> deviation)
        {
            double[] series = [.. noise.Select((normal, day) => (day % 7 < 5 ? 100 : 40) * (1 + deviation(day) * normal))];
            var paths = ForecastEngine.Forecast(series, new SeriesForecastOptions(7, 7)).Paths;
            return Enumerable.Range(0, 7).Sum(step => paths.Step(step).P90 - paths.Step(step).P10);
        }

        var (quiet, quieted, lively) = (Width(_ => 0.02), Width(day => day < 28 ? 0.2 : 0.02), Width(_ => 0.2));
        output.WriteLine($"{quiet:0} {quieted:0} {lively:0}");
        Assert.InRange(quieted, 1.5 * quiet, 0.8 * lively);
    }

    private static bool Holds(Sampling.Band band, double came) => came >= band.P10 && came <= band.P90;
}
