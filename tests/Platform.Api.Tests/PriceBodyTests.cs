using Platform.Api.Prices;
using Platform.Contracts;

namespace Platform.Api.Tests;

public sealed class PriceBodyTests
{
    private static readonly PriceInputBody Body = new() { Provider = "p", Model = "m", Currency = "USD", InputPerMillion = new Money(1), OutputPerMillion = new Money(2) };

    [Fact]
    public void What_a_price_does_not_say_of_discount_and_context_tiers_stays_and_what_it_says_counts()
    {
        var silent = Body.ToRow();
        var none = (Body with { DiscountPercent = 0, ContextTiers = [] }).ToRow();
        var given = (Body with { DiscountPercent = 12.5m }).ToRow();

        Assert.Equal((true, 0, true), (silent.KeepDiscount, silent.DiscountPpm, silent.KeepContextTiers));
        Assert.Equal((false, 0, false), (none.KeepDiscount, none.DiscountPpm, none.KeepContextTiers));
        Assert.Equal((false, 125_000), (given.KeepDiscount, given.DiscountPpm));
    }
}
