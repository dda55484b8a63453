using Platform.Forecasting.Sampling;

namespace Platform.Forecasting.Tests;

public sealed class RandomnessTests
{
    [Fact]
    public void Normals_by_the_dozen_are_those_that_come_one_by_one()
    {
        foreach (var length in Enumerable.Range(0, 8).Concat([120, 127, 128, 129, 130, 260, 500]))
        {
            var (many, single) = (new Randomness(20_260_601), new Randomness(20_260_601));
            foreach (var before in Enumerable.Range(0, 3))
            {
                // Of an odd number one of a pair is left for the next, whoever asks for it.
                var normals = new double[length + before];
                many.Fill(normals);
                Assert.Equal(normals.Select(_ => single.NextNormal()), normals);
            }

            Assert.Equal(single.NextDouble(), many.NextDouble());
            Assert.Equal(single.NextNormal(), many.NextNormal());
        }
    }

    [Fact]
    public void A_seed_draws_what_it_always_drew()
    {
        var random = new Randomness(42);

        // SplitMix64's first numbers of seed 42, and the upper 53 bits of the third (Steele, Lea, Flood 2014).
        Assert.Equal((13679457532755275413, 2949826092126892291UL), (random.Next(), random.Next()));
        Assert.Equal(5139283748462763858UL / 2048 / (double)(1UL << 53), random.NextDouble());
    }

    [Fact]
    public void Normals_are_Marsaglia_s_of_the_same_even_numbers()
    {
        var (normals, even) = (new Randomness(7), new Randomness(7));
        for (var i = 0; i < 10_000; i++)
        {
            double x, y, square;
            do
            {
                (x, y) = (2 * even.NextDouble() - 1, 2 * even.NextDouble() - 1);
                square = x * x + y * y;
            }
            while (square is 0 or >= 1);

            var factor = Math.Sqrt(-2 * Math.Log(square) / square);
            Assert.Equal(x * factor, normals.NextNormal(), 1e-14 * Math.Abs(x * factor));
            Assert.Equal(y * factor, normals.NextNormal(), 1e-14 * Math.Abs(y * factor));
        }
    }
}
