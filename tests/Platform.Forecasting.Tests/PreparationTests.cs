using Platform.Forecasting.Models;
using Platform.Forecasting.Preparation;
using Platform.Forecasting.Sampling;

namespace Platform.Forecasting.Tests;

public sealed class PreparationTests
{
    /// <summary>Annual flow of the Nile at Aswan, 1871 to 1970, in 10^8 m³ (Cobb 1978, Biometrika 65:243).</summary>
    private static readonly double[] Nile =
    [
        1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140, 1100, 1210, 1150, 1250, 1260,
        1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864,
        862, 698, 845, 744, 796, 1040, 759, 781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890, 744, 749,
        838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
    ];

    [Fact]
    public void The_Nile_fell_once_after_1898()
    {
        var shift = Assert.Single(LevelShifts.Find(Nile));

        Assert.Equal(1899, 1871 + shift.Position);
        Assert.Equal((1097.75, 849.97), (shift.Before, Math.Round(shift.After, 2)));
    }

    [Fact]
    public void A_trend_is_no_shift()
    {
        var random = new Random(3);
        Assert.Empty(LevelShifts.Find([.. Enumerable.Range(0, 100).Select(t => 10 + 0.5 * t + Synthetic.Normal(random))]));
    }

    [Fact]
    public void Noise_seldom_has_a_shift()
    {
        var found = Enumerable.Range(0, 100).Count(seed =>
        {
            var random = new Random(seed);
            return LevelShifts.Find([.. Enumerable.Range(0, 80).Select(_ => 10 + Synthetic.Normal(random))]).Count > 0;
        });

        Assert.InRange(found, 0, 2);
    }

    [Fact]
    public void A_level_that_rose_is_followed()
    {
        var random = new Random(8);
        double[] history = [.. Enumerable.Range(0, 90).Select(t => (t < 60 ? 100 : 220) + 5 * Synthetic.Normal(random))];
        var forecast = ForecastEngine.Forecast(history, new SeriesForecastOptions(14, 14));

        Assert.Contains(forecast.Findings, finding => finding is { Kind: FindingKind.LevelShift, Position: 60 });
        Assert.Equal(14 * 220, forecast.Paths.Total(0, 14).P50, 14 * 22.0);
        Assert.Equal(220, new Realigned(7, new RunRate(int.MaxValue)).Fit(history).Predict(1)[0], 4.0);
    }

    [Fact]
    public void A_single_burst_is_reported_and_forgotten()
    {
        var history = Synthetic.Team(15, 90);
        double[] burst = [.. history];
        burst[40] *= 30;
        var (plain, forecast) = (ForecastEngine.Forecast(history, new(14, 14)), ForecastEngine.Forecast(burst, new(14, 14)));

        Assert.Contains(forecast.Findings, finding => finding is { Kind: FindingKind.Outlier, Position: 40 });
        Assert.Equal(1, forecast.Paths.Total(0, 14).P50 / plain.Paths.Total(0, 14).P50, 0.1);
    }

    /// <summary>Work that costs the same each day has no usual distance between days to measure a burst by.</summary>
    [Theory]
    [InlineData(60)]
    [InlineData(20)]
    public void A_single_burst_among_amounts_that_repeat_exactly_is_reported_and_forgotten(int position)
    {
        foreach (var usual in new Func<int, double>[] { _ => 100, t => 100 + t % 7, t => t % 7 > 4 ? 0 : 100 })
        {
            double[] burst = [.. Enumerable.Range(0, 120).Select(usual)];
            burst[position] = 100_000;
            var forecast = ForecastEngine.Forecast(burst, new(28, 28));

            Assert.Contains(forecast.Findings, finding => finding is { Kind: FindingKind.Outlier, Count: 1 } && finding.Position == position);
            Assert.Equal(1, forecast.Paths.Total(0, 28).P50 / Enumerable.Range(120, 28).Sum(usual), 0.1);
        }
    }

    /// <summary>Whether it came before the days that backtests judge, in a step that many of their origins see, or in one that few do. Origins right after it do not take it for a new level.</summary>
    [Theory]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(77)]
    [InlineData(80)]
    [InlineData(83)]
    [InlineData(100)]
    [InlineData(112)]
    public void A_burst_is_as_likely_to_come_again_as_it_came_wherever_it_was(int position)
    {
        var usual = Synthetic.Team(15, 120);
        double[] burst = [.. usual];
        burst[position] = 1000 * usual.Average();
        var (plain, odd) = (ForecastEngine.Forecast(usual, new(28, 28)).Paths, ForecastEngine.Forecast(burst, new(28, 28)).Paths);

        Assert.Equal(1, odd.Total(0, 28).P50 / plain.Total(0, 28).P50, 0.15);
        Assert.InRange((Mean(odd) - Mean(plain)) / (burst[position] * 28 / 120), 0.5, 1.8);

        static double Mean(SamplePaths paths) => Enumerable.Range(0, 28).Sum(paths.Mean);
    }

    [Fact]
    public void What_comes_now_and_then_is_no_burst()
    {
        Assert.DoesNotContain(Kinds([.. Enumerable.Range(0, 120).Select(t => t % 91 == 20 ? 100.0 : 0)]), kind => kind == FindingKind.Outlier);
    }

    [Fact]
    public void Missing_values_are_filled_from_the_same_weekday()
    {
        double[] week = [1, 2, 3, 4, 5, 6, 21];
        var history = Enumerable.Range(0, 70).Select(t => t is 20 or 21 or 69 ? double.NaN : week[t % 7]).ToArray();
        var forecast = ForecastEngine.Forecast(history, new SeriesForecastOptions(7, 7));

        Assert.Contains(forecast.Findings, finding => finding is { Kind: FindingKind.Gap, Position: 20, Count: 3 });
        Assert.Equal(42, forecast.Paths.Total(0, 7).P50, 1.0);
    }

    [Fact]
    public void What_is_odd_is_said()
    {
        Assert.Contains(Kinds([5, -1, 4, 6, 5, 4, 5, 6, 5, 4, 5, 6, 4, 5, 6]), kind => kind == FindingKind.Negative);
        Assert.Contains(Kinds([.. Enumerable.Repeat(4.0, 30), .. new double[20]]), kind => kind == FindingKind.Idle);
        Assert.Contains(Kinds([.. Enumerable.Range(0, 60).Select(t => t % 5 == 0 ? 3.0 : 0)]), kind => kind == FindingKind.Intermittent);
        Assert.Contains(Kinds([1, 2, 1, 2, 1, 2, 1]), kind => kind == FindingKind.SeasonUnseen);
        Assert.Empty(Kinds([.. Enumerable.Range(0, 60).Select(t => 20.0 + t % 7)]));
    }

    private static IEnumerable<FindingKind> Kinds(double[] history) =>
        ForecastEngine.Forecast(history, new SeriesForecastOptions(7, 7)).Findings.Select(finding => finding.Kind);
}
