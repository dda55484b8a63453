using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;

namespace Platform.Metering.Tests;

/// <summary>The prices that the platform comes with, against figures that were copied here from the providers' pages by hand.</summary>
public sealed class StarterPriceTests : IAsyncLifetime
{
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync();

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    // Dollars per million tokens: input, cached input, cache write, cache write for an hour, output; then the same with more input than the threshold.
    [Theory(Timeout = 300_000)]
    [InlineData("openai gpt-5.6-luna standard", "2026-07-29T23:59:59Z", "1 0.1 1.25 1.25 6; 272000: 2 0.2 2.5 2.5 9")]
    [InlineData("openai gpt-5.6-luna standard", "2026-07-30T00:00:00Z", "0.2 0.02 0.25 0.25 1.2; 272000: 0.4 0.04 0.5 0.5 1.8")]
    [InlineData("openai gpt-5.6-luna priority", "2026-11-26T00:00:00Z", "0.4 0.04 0.5 0.5 2.4")]
    [InlineData("openai gpt-5.6-terra standard", "2026-07-29T00:00:00Z", "2.5 0.25 3.125 3.125 15; 272000: 5 0.5 6.25 6.25 22.5")]
    [InlineData("openai gpt-5.6-terra standard", "2026-11-26T00:00:00Z", "2 0.2 2.5 2.5 12; 272000: 4 0.4 5 5 18")]
    [InlineData("openai gpt-5.6-terra batch", "2026-11-26T00:00:00Z", "1 1 1 1 6")]
    [InlineData("openai gpt-5.5 priority", "2026-11-26T00:00:00Z", "12.5 1.25 12.5 12.5 75")]
    [InlineData("openai gpt-6-astra standard", "2026-09-02T23:59:59Z", "")]
    [InlineData("openai gpt-6-astra standard", "2026-09-03T00:00:00Z", "10 1 12.5 12.5 50; 272000: 20 2 25 25 75")]
    [InlineData("openai gpt-6-luna flex", "2026-11-26T00:00:00Z", "0.05 0.005 0.0625 0.0625 0.25; 272000: 0.1 0.01 0.125 0.125 0.375")]
    [InlineData("openai gpt-6.1-sol standard", "2026-11-26T00:00:00Z", "2 0.1 2.5 2.5 10; 272000: 4 0.2 5 5 15")]
    [InlineData("openai gpt-6.1-sol priority", "2026-11-26T00:00:00Z", "4 0.2 5 5 20; 272000: 8 0.4 10 10 30")]
    [InlineData("openai gpt-6.1-terra batch", "2026-11-26T00:00:00Z", "0.5 0.025 0.625 0.625 2.5; 272000: 1 0.05 1.25 1.25 3.75")]
    [InlineData("openai gpt-6.2-astra standard", "2026-11-17T00:00:00Z", "8 0.4 10 10 40; 272000: 16 0.8 20 20 60")]
    [InlineData("openai gpt-6.2-sol flex", "2026-11-26T00:00:00Z", "")]
    [InlineData("anthropic claude-opus-4-8 standard", "2026-05-28T00:00:00Z", "5 0.5 6.25 10 25")]
    [InlineData("anthropic claude-opus-5-5 standard", "2026-11-26T00:00:00Z", "4 0.2 5 8 20")]
    [InlineData("anthropic claude-opus-5-5 batch", "2026-11-26T00:00:00Z", "2 0.1 2.5 4 10")]
    [InlineData("anthropic claude-fable-5-1 standard", "2026-11-26T00:00:00Z", "10 0.25 12.5 20 50")]
    [InlineData("anthropic claude-sonnet-5-5 standard", "2026-10-06T23:59:59Z", "2 0.2 2.5 4 10")]
    [InlineData("anthropic claude-sonnet-5-5 standard", "2026-10-07T00:00:00Z", "2 0.1 2.5 4 10")]
    [InlineData("anthropic claude-haiku-5-5 standard", "2026-11-26T00:00:00Z", "0.1 0.01 0.125 0.2 0.5; 100000: 0.5 0.05 0.625 1 2.5")]
    [InlineData("gemini gemini-3.1-pro-preview standard", "2026-11-26T00:00:00Z", "2 0.2 2 2 12; 200000: 4 0.4 4 4 18")]
    [InlineData("gemini gemini-3.8-flash standard", "2026-12-31T23:59:59Z", "0.75 0.075 0.75 0.75 3.75")]
    [InlineData("gemini gemini-3.8-flash standard", "2027-01-01T00:00:00Z", "1.5 0.15 1.5 1.5 7.5")]
    [InlineData("mistral mistral-embed-2312 standard", "2026-11-26T00:00:00Z", "0.1 0.1 0.1 0.1 0")]
    [InlineData("mistral mistral-medium-latest standard", "2026-11-26T00:00:00Z", "1.5 0.15 1.5 1.5 7.5")]
    public async Task Price_of_a_day_is_what_the_provider_listed(string subject, string moment, string expected)
    {
        var parts = subject.Split(' ');
        var book = await _metering.Get<PriceStore>().ReadBookAsync(Cancel);
        var version = book.Find(0, new PriceSubject(parts[0], parts[1], parts[2], ""), DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(expected, version is null ? "" : StarterPrices.Shown(version.Price));
    }

    [Fact(Timeout = 300_000)]
    public async Task Versions_of_a_price_follow_each_other_without_a_gap_and_say_where_they_are_from()
    {
        var book = await _metering.Get<PriceStore>().ReadBookAsync(Cancel);
        Assert.All(book.Versions, version => Assert.Contains("starter book of 2026-11-2", version.Source));
        foreach (var subject in book.Versions.Select(version => version.Subject).Distinct())
        {
            var versions = book.VersionsOf(subject).ToList();
            Assert.Equal(versions.Skip(1).Select(version => (DateTimeOffset?)version.EffectiveFrom).Append(null), versions.Select(version => version.EffectiveTo));
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Gateway_that_tells_late_of_an_attempt_at_the_price_before_a_cut_owes_no_correction()
    {
        var old = StarterPrices.Version(await _metering.Get<PriceStore>().ReadBookAsync(Cancel), "gpt-5.6-luna", new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero));
        await _metering.RecordAsync(Events.New("late", new(2026, 8, 1, 0, 0, 0, TimeSpan.Zero), usage => (usage.ModelServed, usage.PriceId) = ("gpt-5.6-luna", old.Price.PriceId)));

        // 1,000 × 1.00 + 500 × 6.00 a million, as its intent had it.
        Assert.Equal(4_000_000, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
        await _metering.Get<RepriceUsage>().RunAsync(Cancel);
        Assert.Equal(4_000_000, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
    }
}
