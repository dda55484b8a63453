using CsCheck;
using Platform.Rating;

namespace Platform.Rating.Tests;

public sealed class RaterTests
{
    private static readonly Price Mini = new(1, "openai", "gpt-4o-mini", "USD", 150_000_000, 75_000_000, 150_000_000, 600_000_000, 600_000_000, 0);

    [Theory]
    // input, cached, cache write, output, reasoning → total nanos (by hand: tokens × price / 1,000,000)
    [InlineData(1_000_000, 0, 0, 0, 0, 150_000_000)]
    [InlineData(0, 1_000_000, 0, 0, 0, 75_000_000)]
    [InlineData(11, 0, 0, 57, 0, 35_850)]
    [InlineData(1000, 200, 0, 300, 100, 405_000)]
    [InlineData(-11, 0, 0, -57, 0, -35_850)]
    public void Rate_of_known_tokens_is_the_published_price(long input, long cached, long write, long output, long reasoning, long expected) =>
        Assert.Equal(expected, Rater.Rate(Mini, new TokenCounts(input, cached, write, output, reasoning)).TotalNanos);

    [Theory]
    // A price of half a nano a token: ties go to the even neighbour, on both sides of zero.
    [InlineData(1, 0)]
    [InlineData(3, 2)]
    [InlineData(5, 2)]
    [InlineData(7, 4)]
    [InlineData(-1, 0)]
    [InlineData(-3, -2)]
    public void Rate_of_a_tie_rounds_half_to_even(long tokens, long expected)
    {
        var half = Mini with { InputPerMillion = 500_000 };
        Assert.Equal(expected, Rater.Rate(half, new TokenCounts(tokens, 0, 0, 0, 0)).InputNanos);
    }

    [Fact]
    public void Rate_agrees_with_decimal_arithmetic() =>
        Gen.Select(Gen.Long[0, 10_000_000], Gen.Long[0, 1_000_000_000_000]).Sample((tokens, perMillion) =>
        {
            var cost = Rater.Rate(Mini with { OutputPerMillion = perMillion }, new TokenCounts(0, 0, 0, tokens, 0)).OutputNanos;
            Assert.Equal(decimal.Round((decimal)tokens * perMillion / 1_000_000m, 0, MidpointRounding.ToEven), cost);
        });

    [Fact]
    public void UpperBound_is_never_below_any_cost_within_its_tokens()
    {
        var price = Gen.Select(Gen.Long[0, 20_000_000_000], Gen.Long[0, 20_000_000_000], Gen.Long[0, 90_000_000_000], Gen.Long[0, 1_000_000])
            .Select((input, cached, output, request) => Mini with
            {
                InputPerMillion = input,
                CachedInputPerMillion = cached,
                CacheWritePerMillion = input / 3,
                OutputPerMillion = output,
                ReasoningPerMillion = output / 7,
                PerRequest = request,
            });
        var kind = Gen.Long[0, 5_000];
        Gen.Select(price, kind, kind, kind, kind, kind).Sample((p, input, cached, write, output, reasoning) =>
            Assert.True(Rater.Rate(p, new TokenCounts(input, cached, write, output, reasoning)).TotalNanos
                        <= Rater.UpperBound(p, input + cached + write, output + reasoning)));
    }

    [Fact]
    public void Rate_beyond_64_bits_throws_instead_of_wrapping() =>
        Assert.Throws<OverflowException>(() => Rater.Rate(Mini, new TokenCounts(long.MaxValue, 0, 0, long.MaxValue, 0)));
}
