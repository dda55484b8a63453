using System.Numerics;
using Platform.Forecasting.Numerics;

namespace Platform.Forecasting.Tests;

public sealed class NaturalLogarithmTests
{
    [Theory]
    [InlineData(1.0)]
    [InlineData(0.5)]
    [InlineData(2.0)]
    [InlineData(1.4142135623730951)]
    [InlineData(1.4142135623730954)]
    [InlineData(0.7071067811865475)]
    [InlineData(0.70710678118654757)]
    [InlineData(0.9999999999999999)]
    [InlineData(1.0000000000000002)]
    [InlineData(2.2250738585072014e-308)]
    [InlineData(1.7976931348623157e308)]
    [InlineData(Math.E)]
    public void Number_has_its_logarithm(double x) => AssertClose(x);

    [Fact]
    public void Any_number_of_any_size_has_it()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            AssertClose((0.5 + random.NextDouble()) * Math.Pow(2, random.Next(i % 2 == 0 ? -3 : -1000, i % 2 == 0 ? 3 : 1000)));
        }
    }

    [Fact]
    public void Each_of_several_has_its_own()
    {
        var several = new double[Vector<double>.Count];
        for (var i = 0; i < several.Length; i++)
        {
            several[i] = Math.Pow(3, i) / 50;
        }

        var logarithms = NaturalLogarithm.Of(new Vector<double>(several));
        for (var i = 0; i < several.Length; i++)
        {
            Assert.Equal(NaturalLogarithm.Of(new Vector<double>(several[i]))[0], logarithms[i]);
        }
    }

    // The runtime's own is off by less than one unit in the last place too.
    private static void AssertClose(double x)
    {
        var (expected, actual) = (Math.Log(x), NaturalLogarithm.Of(new Vector<double>(x))[0]);
        Assert.Equal(expected, actual, Math.Max(double.Epsilon, 2 * (Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected))));
    }
}
