using CsCheck;
using Platform.Rating;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Pricing;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Calls;

public sealed class BoundTests
{
    private static readonly Price Price = new(1, "openai", "gpt-4o-mini", "USD", 150_000_000, 75_000_000, 150_000_000, 600_000_000, 600_000_000, 0);

    private static readonly RouteTarget Target = Routes.Target("gpt-4o-mini");

    [Theory]
    // Body bytes, cap, choices → input tokens, cap, nanos: input × 150 + cap × choices × 600 + 4.
    [InlineData(100, 10, 1, 356, 10, 59_404)]
    [InlineData(100, 10, 3, 356, 10, 71_404)]
    [InlineData(100, 99_999, 1, 356, 16_384, 9_883_804)]
    [InlineData(0, 1, 1, 256, 1, 39_004)]
    public void Bound_is_bytes_and_overhead_in_and_cap_times_choices_out(int bytes, long cap, int choices, long input, long sentCap, long nanos) =>
        Assert.Equal(new Bound(input, sentCap, choices, nanos), Bound.Of(new BillablePrices(Price), Target, bytes, cap, choices));

    [Theory]
    // What the wallet has → the cap that fits. Input alone is 356 × 150 + 4 = 53,404.
    [InlineData(53_404 + (16 * 600), 16L)]
    [InlineData(53_404 + (16 * 600) - 1, null)]
    [InlineData(53_404 + (500 * 600) + 599, 500L)]
    [InlineData(0, null)]
    public void Within_gives_the_highest_cap_that_the_wallet_affords_above_the_floor(long available, long? cap) =>
        Assert.Equal(cap, Bound.Of(new BillablePrices(Price), Target, 100, 1024, 1).Within(new BillablePrices(Price), Target, available, 16)?.OutputCap);

    [Fact]
    public void Within_never_costs_more_than_what_is_available() =>
        Gen.Select(Gen.Int[0, 100_000], Gen.Int[1, 128], Gen.Long[0, 50_000_000], Gen.Long[0, 5_000_000_000]).Sample((bytes, choices, available, output) =>
        {
            var price = Price with { OutputPerMillion = output };
            var prices = new BillablePrices(price);
            var bound = Bound.Of(prices, Target, bytes, 1024, choices);
            if (bound.Nanos > available && bound.Within(prices, Target, available, 1) is { } lower)
            {
                Assert.True(lower.Nanos <= available);
                Assert.True(Rater.UpperBound(price, lower.InputTokens, (lower.OutputCap + 1) * choices) > available);
            }
        });
}
