using System.Text;
using System.Text.Json;
using Platform.Contracts.Metering.V1;
using Platform.Rating;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Pricing;
using Platform.Routing.Tests.Policies;

namespace Platform.Routing.Tests.Pricing;

/// <summary>What is set aside and what is recorded, by the tier that is asked for and the one that the answer tells. A token costs 100 nanos as standard, 50 as flex, 200 as priority, 10 by contract.</summary>
public sealed class BillablePricesTests
{
    private static readonly (string Tier, long Nanos)[] Rows = [("standard", 100), ("flex", 50), ("priority", 200), ("contract", 10)];

    [Theory]
    // The target's tier, whether the caller asks for flex, what the answer tells → nanos a token that are set aside, the tier that is recorded, nanos a token that it costs.
    [InlineData("standard", false, null, 100, "standard", 100L)]
    [InlineData("standard", false, "standard", 100, "standard", 100L)]
    [InlineData("standard", false, "flex", 100, "flex", 50L)]
    [InlineData("standard", false, "priority", 100, "priority", 200L)]
    [InlineData("standard", false, "ultrafast", 100, "ultrafast", null)]
    [InlineData("standard", true, "flex", 100, "flex", 50L)]
    [InlineData("standard", true, "standard", 100, "standard", 100L)]
    [InlineData("standard", true, null, 100, "standard", 100L)]
    [InlineData("flex", false, "flex", 100, "flex", 50L)]
    [InlineData("flex", false, "standard", 100, "standard", 100L)]
    [InlineData("flex", false, null, 100, "standard", 100L)]
    [InlineData("priority", false, "priority", 200, "priority", 200L)]
    [InlineData("priority", true, "standard", 200, "standard", 100L)]
    [InlineData("priority", false, null, 200, "priority", 200L)]
    [InlineData("contract", false, null, 10, "contract", 10L)]
    [InlineData("contract", false, "standard", 10, "contract", 10L)]
    [InlineData("contract", false, "priority", 10, "priority", 200L)]
    [InlineData("contract", true, "flex", 100, "flex", 50L)]
    public void Enough_is_set_aside_for_what_may_be_billed_and_what_is_billed_is_recorded(string asked, bool asksFlex, string? told, long aside, string tier, long? nanos)
    {
        var prices = Of(asked, asksFlex);
        Assert.Equal(aside * 1_000, prices.UpperBound(600, 400) - 4);
        var bill = prices.BillOf(new CallUsage(6, 0, 4, 0) { Tier = told });
        Assert.Equal((tier, nanos * 10), (bill.Tier, bill.Price is { } price ? Rater.Rate(price, new TokenCounts(6, 0, 0, 4, 0)).TotalNanos : null));
    }

    [Fact]
    public void Standard_of_a_model_that_has_no_such_price_has_none()
    {
        var prices = Of("flex", false, Rows[1..]);
        Assert.Equal(("standard", null), Pair(prices.BillOf(new CallUsage(1, 0, 1, 0) { Tier = "standard" })));
        Assert.Equal(("flex", 2L), Pair(prices.BillOf(new CallUsage(1, 0, 1, 0))));

        static (string, long?) Pair(TierBill bill) => (bill.Tier, bill.Price?.PriceId);
    }

    [Fact]
    public void Nothing_is_asked_for_whose_price_is_not_known()
    {
        Assert.Null(Of("standard", asksFlex: true, Rows[..1]));
        Assert.NotNull(Of("standard", asksFlex: false, Rows[..1]));
        Assert.NotNull(Of("priority", asksFlex: true, Rows[2..]));
        Assert.Null(Of("scale", asksFlex: false));
    }

    [Theory]
    [InlineData("default", "standard")]
    [InlineData("on_demand", "standard")]
    [InlineData("standard", "standard")]
    [InlineData("auto", null)]
    [InlineData("", null)]
    [InlineData("scale", "scale")]
    [InlineData("Flex", "unnamed")]
    [InlineData("a b\u0000", "unnamed")]
    public void Told_tiers_are_named_as_prices_name_them(string told, string? tier) => Assert.Equal(tier, ServiceTiers.Named(told));

    [Theory]
    [InlineData("https://api.openai.com", ProviderKind.OpenAi, true)]
    [InlineData("https://eu.api.openai.com", ProviderKind.OpenAi, true)]
    [InlineData("https://api.openai.com.example.net", ProviderKind.OpenAi, false)]
    [InlineData("https://notapi.openai.com", ProviderKind.OpenAi, false)]
    [InlineData("https://api.groq.com", ProviderKind.OpenAi, false)]
    [InlineData("https://api.openai.com", ProviderKind.Compatible, false)]
    [InlineData(null, ProviderKind.OpenAi, false)]
    internal void Standard_is_asked_for_in_words_at_OpenAi_alone(string? address, ProviderKind kind, bool takes) =>
        Assert.Equal(takes, ServiceTiers.TakesDefault(Routes.OpenAi with { BaseUrl = address, Kind = kind }));

    [Theory]
    // The target's region, the caller's, what the answer tells → nanos a token that are set aside, the region that is recorded, nanos a token that it costs. A token costs 100 everywhere, 110 in us, 500 in mine, 120 at another model's eu.
    [InlineData("", null, null, 110, "", 100)]
    [InlineData("", null, "", 110, "", 100)]
    [InlineData("", null, "us", 110, "us", 110)]
    [InlineData("", null, "eu", 110, "", 100)]
    [InlineData("", "", "", 110, "", 100)]
    [InlineData("", "us", "us", 110, "us", 110)]
    [InlineData("", "us", null, 110, "us", 110)]
    [InlineData("us", null, "us", 110, "us", 110)]
    [InlineData("us", null, "", 110, "", 100)]
    [InlineData("us", "", "", 110, "", 100)]
    [InlineData("us", "", "us", 110, "us", 110)]
    [InlineData("mine", null, "", 500, "mine", 500)]
    [InlineData("mine", "", "", 500, "mine", 500)]
    [InlineData("mine", null, "us", 500, "us", 110)]
    [InlineData("eu", null, "eu", 110, "eu", 100)]
    public void Enough_is_set_aside_for_the_region_that_may_be_billed_and_the_one_that_is_told_is_recorded(string own, string? asked, string? told, long aside, string region, long nanos)
    {
        var prices = InRegions(own, asked, ProviderKind.Anthropic, ShapeKinds.Messages, ("", 100), ("us", 110), ("mine", own == "mine" ? 500 : 1))!;
        Assert.Equal((aside * 1_000, own == "us" && asked == "" ? "" : asked == "us" ? "us" : own), (prices.UpperBound(600, 400) - 4, prices.Region));
        var bill = prices.BillOf(new CallUsage(6, 0, 4, 0) { Region = told });
        Assert.Equal((region, nanos * 10), (bill.Region, Rater.Rate(bill.Price!, new TokenCounts(6, 0, 0, 4, 0)).TotalNanos));
    }

    [Fact]
    public void A_region_is_asked_for_where_Anthropic_has_a_price_of_it_and_told_by_messages_alone()
    {
        Assert.Null(InRegions("", "us", ProviderKind.Anthropic, ShapeKinds.Messages, ("", 100)));
        Assert.Null(InRegions("us", "us", ProviderKind.Anthropic, ShapeKinds.Messages, ("", 100)));
        Assert.Null(InRegions("", "us", ProviderKind.Compatible, ShapeKinds.Messages, ("", 100), ("us", 110)));
        var chat = InRegions("", null, ProviderKind.Compatible, ShapeKinds.Chat, ("", 100), ("us", 110))!;
        Assert.Equal((100_004, ""), (chat.UpperBound(600, 400), chat.BillOf(new CallUsage(6, 0, 4, 0) { Region = "us" }).Region));
    }

    [Theory]
    [InlineData(null, null, "us", 110)]
    [InlineData("", null, "us", 110)]
    [InlineData("", "", "us", 110)]
    [InlineData(null, "", "us", 110)]
    [InlineData(null, "us", "us", 110)]
    public void Everywhere_is_a_word_of_Anthropics_and_of_no_other_who_serves_messages(string? asked, string? told, string region, long nanos)
    {
        var prices = InRegions("us", asked, ProviderKind.Compatible, ShapeKinds.Messages, ("", 100), ("us", 110))!;
        Assert.Equal((nanos * 1_000, "us"), (prices.UpperBound(600, 400) - 4, prices.Region));
        var bill = prices.BillOf(new CallUsage(6, 0, 4, 0) { Region = told });
        Assert.Equal((region, nanos * 10), (bill.Region, Rater.Rate(bill.Price!, new TokenCounts(6, 0, 0, 4, 0)).TotalNanos));
    }

    [Theory]
    [InlineData("global", "")]
    [InlineData("us", "us")]
    [InlineData("not_available", null)]
    [InlineData("", null)]
    [InlineData("eu", "eu")]
    public void Told_regions_are_named_as_prices_name_them(string told, string? region)
    {
        Assert.Equal(region, InferenceRegions.Named(told));
        Assert.Equal(region, Read($"\"{told}\""));
    }

    [Fact]
    public void Words_that_answers_say_of_regions_are_read_without_a_string_for_each()
    {
        Assert.Equal((InferenceRegions.Us, "", null, null), (Read("\"us\""), Read("\"global\""), Read("\"not_available\""), Read("{\"a\":1}")));
        Assert.Same(InferenceRegions.Us, Read("\"us\""));
    }

    private static string? Read(string value)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(value));
        reader.Read();
        return InferenceRegions.Read(ref reader);
    }

    private static BillablePrices? InRegions(string own, string? asked, ProviderKind kind, ShapeKinds shapes, params (string Region, long Nanos)[] rows)
    {
        var book = new PriceBook { Revision = 1 };
        book.Prices.AddRange(rows.Select((row, index) => Row(index + 1, "m", row.Region, row.Nanos)).Append(Row(9, "other", "eu", 120)));
        return BillablePrices.TryFind(new PriceTable(book), Routes.Target("m", Routes.OpenAi with { Kind = kind }) with { Region = own, Shapes = shapes }, asksFlex: false, asked);

        static PriceRow Row(long id, string model, string region, long nanos) => new()
        {
            PriceId = id, Provider = "openai", Model = model, Currency = "USD", Tier = "standard", Region = region, InputPerMillion = nanos * 1_000_000,
            CachedInputPerMillion = nanos * 1_000_000, CacheWritePerMillion = nanos * 1_000_000, OutputPerMillion = nanos * 1_000_000, ReasoningPerMillion = nanos * 1_000_000,
        };
    }

    private static BillablePrices Of(string tier, bool asksFlex, (string Tier, long Nanos)[]? rows = null)
    {
        var book = new PriceBook { Revision = 1 };
        book.Prices.AddRange((rows ?? Rows).Select(row => new PriceRow
        {
            PriceId = Array.IndexOf(Rows, row) + 1, Provider = "openai", Model = "m", Currency = "USD", Tier = row.Tier, InputPerMillion = row.Nanos * 1_000_000,
            CachedInputPerMillion = row.Nanos * 1_000_000, CacheWritePerMillion = row.Nanos * 1_000_000, OutputPerMillion = row.Nanos * 1_000_000, ReasoningPerMillion = row.Nanos * 1_000_000,
        }));
        var table = new PriceTable(book);
        return BillablePrices.TryFind(table, Routes.Target("m") with { ServiceTier = tier }, asksFlex)!;
    }
}
