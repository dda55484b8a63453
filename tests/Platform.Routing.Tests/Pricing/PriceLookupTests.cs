using Platform.Contracts.Metering.V1;
using Platform.Routing.Pricing;
using Platform.Testing;

namespace Platform.Routing.Tests.Pricing;

public sealed class PriceLookupTests
{
    [Theory]
    [MemberData(nameof(PriceLookups.Cases), MemberType = typeof(PriceLookups))]
    public void Name_has_its_own_price_where_one_is_in_force_and_else_that_of_the_model_it_stands_for(string line)
    {
        var (prices, asked, found) = PriceLookups.Read(line);
        var table = new PriceTable(new PriceBook
        {
            // Metering tells what is in force.
            Prices = { prices.Where(price => price.EffectiveFrom.ToDateTimeOffset() <= PriceLookups.At) },
            Aliases = { PriceLookups.Alias },
        });

        Assert.Equal(found, table.Find(asked.Provider, asked.Model, asked.Tier, asked.Region)?.PriceId);
    }
}
