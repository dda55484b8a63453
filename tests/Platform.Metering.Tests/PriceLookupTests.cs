using Platform.Metering.Prices;
using Platform.Testing;

namespace Platform.Metering.Tests;

public sealed class PriceLookupTests
{
    [Theory]
    [MemberData(nameof(PriceLookups.Cases), MemberType = typeof(PriceLookups))]
    public void Name_has_its_own_price_where_one_is_in_force_and_else_that_of_the_model_it_stands_for(string line)
    {
        var (prices, asked, found) = PriceLookups.Read(line);
        var versions = prices.Select(row => PriceVersion.From(row, row.EffectiveFrom.ToDateTimeOffset(), null, PriceLookups.At)).Zip(prices)
            .Select(pair => pair.First with { Price = pair.First.Price with { PriceId = pair.Second.PriceId } });
        var alias = PriceLookups.Alias;
        var book = new PriceSnapshot(1, [.. versions], [new PriceAliasRow(alias.Provider, alias.Alias, alias.Model, alias.Source, PriceLookups.At)]);

        Assert.Equal(found, book.Find(0, new PriceSubject(asked.Provider, asked.Model, asked.Tier, asked.Region), PriceLookups.At)?.Price.PriceId);
    }
}
