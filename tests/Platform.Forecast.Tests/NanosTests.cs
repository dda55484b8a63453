using Platform.Forecast.Projection;

namespace Platform.Forecast.Tests;

/// <summary>Several amounts at once are what they are one by one, wherever among the several they stand.</summary>
public sealed class NanosTests
{
    private static readonly double[] Odd = [0, -0.0, -1, 0.5, 1.5, 2.5, 0.49999999999999994, 4503599627370497.5, long.MaxValue, 2.0 * long.MaxValue, double.PositiveInfinity];

    [Fact]
    public void Many_amounts_are_rounded_as_one_is()
    {
        for (var length = 0; length < 40; length++)
        {
            for (var at = 0; at < length; at++)
            {
                foreach (var odd in Odd)
                {
                    double[] values = [.. Enumerable.Range(0, length).Select(i => i == at ? odd : 1000.25 * i)], factors = [.. Enumerable.Range(0, length).Select(i => i == at ? 1 : 0.5 + i)];
                    var nanos = new long[length];
                    Nanos.FromForecasts(values, factors, nanos);
                    Assert.Equal(values.Zip(factors, (value, factor) => Nanos.FromForecast(value * factor)), nanos);
                }
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(16)]
    public void What_is_no_number_is_refused_among_others_too(int at)
    {
        double[] values = [.. Enumerable.Range(0, 17).Select(i => i == at ? double.NaN : i)];
        Assert.Throws<ArgumentException>(() => Nanos.FromForecasts(values, [.. values.Select(_ => 1.0)], new long[17]));
    }

    [Fact]
    public void Many_sums_end_at_the_greatest_amount_as_one_does()
    {
        for (var length = 0; length < 40; length++)
        {
            long[] sums = [.. Enumerable.Range(0, length).Select(i => i % 3 == 0 ? long.MaxValue - i : i)], nanos = [.. Enumerable.Range(0, length).Select(i => i % 2 == 0 ? long.MaxValue : i)];
            var expected = sums.Zip(nanos, Nanos.Sum).ToArray();
            Nanos.AddTo(sums, nanos);
            Assert.Equal(expected, sums);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(16)]
    public void The_sum_of_many_ends_at_the_greatest_amount_wherever_that_is_among_them(int at)
    {
        for (var length = 0; length < 40; length++)
        {
            long[] nanos = [.. Enumerable.Range(0, length).Select(i => i == at ? long.MaxValue : 3L * i + 1)];
            Assert.Equal(nanos.Aggregate(0L, Nanos.Sum), Nanos.Sum(nanos));
        }

        // One amount too much brings the sum of a lane below zero, and another above it again.
        Assert.Equal(long.MaxValue, Nanos.Sum([.. Enumerable.Repeat(long.MaxValue, 64)]));
    }
}
