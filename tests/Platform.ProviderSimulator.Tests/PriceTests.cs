using System.Globalization;
using Platform.ProviderSimulator.Billing;

namespace Platform.ProviderSimulator.Tests;

public sealed class PriceTests
{
    // Worked out by hand from the published prices, not by the code under test.
    [Theory]
    [InlineData("gpt-4o-mini", 1_000, 0, 500, "0.000450000")]
    [InlineData("gpt-4o-mini", 1_000, 400, 500, "0.000420000")]
    [InlineData("gpt-4o-mini", 8, 0, 50, "0.000031200")]
    [InlineData("gpt-4o", 1, 0, 1, "0.000012500")]
    [InlineData("gpt-4o", 1_000_000, 1_000_000, 0, "1.250000000")]
    [InlineData("gpt-4.1", 300, 100, 7, "0.000506000")]
    [InlineData("gpt-4.1-mini", 300, 100, 7, "0.000101200")]
    [InlineData("gpt-4.1-nano", 300, 100, 7, "0.000025300")]
    [InlineData("o4-mini", 123, 23, 45, "0.000314325")]
    [InlineData("o4-mini", 0, 0, 0, "0.000000000")]
    public void Cost_of_known_tokens_is_the_published_price(string model, int prompt, int cached, int completion, string usd)
    {
        Assert.True(PriceTable.TryGet(model, out var price));
        Assert.Equal(usd, price.Cost(new Usage(prompt, cached, completion)).ToString("F9", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("claude-haiku-4-5", 1_000, 400, 100, 50, 7, "0.000750000")]
    [InlineData("claude-sonnet-4-6", 1_000, 0, 1_000, 0, 0, "0.003750000")]
    [InlineData("claude-opus-4-7", 1_000, 0, 0, 1_000, 2, "0.010050000")]
    [InlineData("claude-sonnet-4-5", 200_000, 0, 0, 0, 1, "0.600015000")]
    [InlineData("claude-sonnet-4-5", 200_001, 0, 1, 0, 1, "1.200030000")]
    [InlineData("text-embedding-3-small", 1_000, 0, 0, 0, 0, "0.000020000")]
    [InlineData("text-embedding-3-large", 1_000, 0, 0, 0, 0, "0.000130000")]
    public void Cost_of_what_is_written_to_a_cache_depends_on_how_long_it_is_kept(
        string model, int prompt, int cached, int minutes, int hour, int completion, string usd)
    {
        Assert.True(PriceTable.TryGet(model, out var price));
        var cost = price.Cost(new Usage(prompt, cached, completion, CacheWriteTokens: minutes, CacheWriteHourTokens: hour));
        Assert.Equal(usd, cost.ToString("F9", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData(1, 0, 0, "0.000000000")]
    [InlineData(3, 0, 0, "0.000000002")]
    [InlineData(5, 0, 0, "0.000000002")]
    [InlineData(2, 1, 1, "0.000000000")]
    [InlineData(6, 3, 3, "0.000000006")]
    public void Cost_between_two_nano_dollars_is_rounded_half_to_even_once_a_kind(int prompt, int cached, int completion, string usd)
    {
        var halfANanoEach = new ModelPrice(0.0005m, 0.0005m, 0.0005m);

        var cost = halfANanoEach.Cost(new Usage(prompt, cached, completion));

        Assert.Equal(usd, cost.ToString("F9", CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Price_of_an_unknown_model_does_not_exist() => Assert.False(PriceTable.TryGet("gpt-4o-maxi", out _));
}
