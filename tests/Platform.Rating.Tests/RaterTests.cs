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

    // Anthropic's list of cache prices as an example: input 3.00, cached 0.30, five minutes 3.75, one hour 6.00, output 15.00 USD a million.
    private static readonly Price Sonnet =
        new(2, "anthropic", "claude", "USD", 3_000_000_000, 300_000_000, 3_750_000_000, 15_000_000_000, 15_000_000_000, 0)
        {
            CacheWriteHourPerMillion = 6_000_000_000,
            ContextTiers =
            [
                new ContextTier(200_000, new Rates(6_000_000_000, 600_000_000, 7_500_000_000, 12_000_000_000, 22_500_000_000, 22_500_000_000)),
            ],
        };

    [Theory]
    // input, cached, write 5 m, write 1 h, output → total nanos, by hand
    [InlineData(1_000, 0, 0, 0, 0, 3_000_000)]
    [InlineData(1_000, 10_000, 0, 0, 0, 6_000_000)]
    [InlineData(0, 0, 1_000, 0, 0, 3_750_000)]
    [InlineData(0, 0, 0, 1_000, 0, 6_000_000)]
    [InlineData(1_000, 10_000, 1_000, 1_000, 100, 17_250_000)]
    // The threshold itself is still the base; one token of any kind of input above it moves the whole request, its output too.
    [InlineData(200_000, 0, 0, 0, 1_000, 615_000_000)]
    [InlineData(200_001, 0, 0, 0, 1_000, 1_222_506_000)]
    [InlineData(1, 200_000, 0, 0, 0, 120_006_000)]
    [InlineData(1, 0, 0, 200_000, 0, 2_400_006_000)]
    public void Rate_of_cache_kinds_and_context_tiers_is_the_list_price(long input, long cached, long write, long writeHour, long output, long expected) =>
        Assert.Equal(expected, Rater.Rate(Sonnet, new TokenCounts(input, cached, write, output, 0, writeHour)).TotalNanos);

    [Fact]
    public void Rate_of_a_correction_keeps_the_context_tier_of_what_it_corrects() =>
        Assert.Equal(-6_000_000, Rater.Rate(Sonnet, new TokenCounts(-1_000, 0, 0, 0, 0), requests: 0, contextTokens: 250_000).TotalNanos);

    [Theory]
    // discount in millionths, tokens of input at 0.15 USD a million → nanos
    [InlineData(0, 1_000, 150_000)]
    [InlineData(500_000, 1_000, 75_000)]
    [InlineData(125_000, 1_000, 131_250)]
    [InlineData(1_000_000, 1_000, 0)]
    // 150 × 0.99999 = 149.9985; the rate is never rounded, only the product.
    [InlineData(10, 1, 150)]
    [InlineData(10, 1_000, 149_998)]
    [InlineData(10, 3_000, 449_996)]
    public void Rate_takes_the_discount_off_before_its_one_rounding(int discountPpm, long tokens, long expected) =>
        Assert.Equal(expected, Rater.Rate(Mini with { DiscountPpm = discountPpm }, new TokenCounts(tokens, 0, 0, 0, 0)).InputNanos);

    [Theory]
    [InlineData(0, 1, 500)]
    [InlineData(500_000, 1, 250)]
    [InlineData(999_000, 1, 0)]
    [InlineData(997_000, 1, 2)]
    [InlineData(0, 0, 0)]
    public void Rate_charges_the_fee_for_a_request_with_the_discount(int discountPpm, long requests, long expected) =>
        Assert.Equal(expected, Rater.Rate(Mini with { PerRequest = 500, DiscountPpm = discountPpm }, default, requests).RequestNanos);

    [Fact]
    public void Rate_agrees_with_decimal_arithmetic_at_any_discount() =>
        Gen.Select(Gen.Long[0, 3_000_000], Gen.Long[0, 100_000_000_000], Gen.Int[0, 1_000_000]).Sample((tokens, perMillion, discount) =>
        {
            var cost = Rater.Rate(Mini with { OutputPerMillion = perMillion, DiscountPpm = discount }, new TokenCounts(0, 0, 0, tokens, 0)).OutputNanos;
            Assert.Equal(decimal.Round((decimal)tokens * perMillion * (1_000_000 - discount) / 1_000_000_000_000m, 0, MidpointRounding.ToEven), cost);
        });

    [Fact]
    public void UpperBound_is_never_below_any_cost_within_its_tokens_over_context_tiers_and_discounts()
    {
        var rate = Gen.Long[0, 90_000_000_000];
        var rates = Gen.Select(rate, rate, rate, rate, rate, rate).Select((a, b, c, d, e, f) => new Rates(a, b, c, d, e, f));
        var price = Gen.Select(rates, rates, Gen.Int[0, 1_000_000], Gen.Long[0, 1_000_000]).Select((low, high, discount, request) =>
            new Price(3, "p", "m", "USD", low.Input, low.CachedInput, low.CacheWrite, low.Output, low.Reasoning, request)
            {
                CacheWriteHourPerMillion = low.CacheWriteHour, DiscountPpm = discount, ContextTiers = [new ContextTier(4_000, high)],
            });
        var kind = Gen.Long[0, 2_000];
        Gen.Select(price, kind, kind, kind, kind, kind, kind).Sample((p, input, cached, write, hour, output, reasoning) =>
        {
            var counts = new TokenCounts(input, cached, write, output, reasoning, hour);
            Assert.True(Rater.Rate(p, counts).TotalNanos <= Rater.UpperBound(p, counts.TotalInput, output + reasoning));
        });
    }

    [Fact]
    public void UpperBound_is_never_below__any_cost_within_its_tokens()
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
