using Platform.Contracts.Metering.V1;
using Platform.Routing.Policies.Checks;
using Platform.Routing.Pricing;

namespace Platform.Routing.Tests.Policies;

public sealed class UnpricedTargetsTests
{
    [Fact]
    public void Targets_without_a_price_of_their_tier_and_region_are_named_with_what_gives_them_one()
    {
        var book = new PriceBook { Revision = 1 };
        book.Prices.AddRange(
        [
            Row("openai", "gpt-4o"), Row("openai", "text-small"), Row("anthropic", "claude"), Row("azure", "gpt-4o"), Row("local", "llama"),
        ]);
        book.Aliases.Add(new PriceAlias { Provider = "openai", Alias = "small", Model = "text-small" });

        // What azure/eu asks for is the tier priority, of which the book knows nothing.
        var warning = Assert.Single(UnpricedTargets.Of(PolicyDocuments.Read(), new PriceTable(book)));
        Assert.StartsWith("Target azure/eu has no price in the price book, so it takes no calls: kt prices set azure gpt-4o --tier priority --region eu ", warning, StringComparison.Ordinal);

        book.Prices.Add(Row("azure", "gpt-4o", "priority"));
        Assert.Empty(UnpricedTargets.Of(PolicyDocuments.Read(), new PriceTable(book)));
    }

    [Fact]
    public void Prices_that_are_not_known_are_said_to_be_unknown() => Assert.Single(UnpricedTargets.Of(PolicyDocuments.Read(), null));

    private static PriceRow Row(string provider, string model, string tier = "standard") => new()
    {
        PriceId = 1, Provider = provider, Model = model, Currency = "USD", Tier = tier, InputPerMillion = 1, OutputPerMillion = 1,
    };
}
