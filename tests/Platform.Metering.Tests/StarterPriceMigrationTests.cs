using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;

namespace Platform.Metering.Tests;

/// <summary>The starter book of November 2026 comes to a database that people have used: with prices of their own, and usage with and without a cost.</summary>
public sealed class StarterPriceMigrationTests : IAsyncLifetime
{
    // Version 7 has the book's tables as they are; the migration after it sums the records anew, so records are all that is needed here.
    private static readonly string Version7 = $"""
        UPDATE price SET effective_to = '2026-09-01Z' WHERE model = 'gpt-5.6-terra' AND tier = 'standard';
        INSERT INTO price (
            provider, model, tier, currency, input_per_million, cached_input_per_million, cache_write_per_million, cache_write_hour_per_million, output_per_million,
            reasoning_per_million, per_request, effective_from, effective_to, source, recorded_at)
        SELECT 'openai', model, 'standard', 'USD', 1000000000, 1000000000, 1000000000, 1000000000, 2000000000, 2000000000, 0, '2026-09-01Z', NULL, 'contract', '2026-09-01Z'
        FROM (VALUES ('gpt-5.6-terra'), ('gpt-6-sol')) AS own (model);
        INSERT INTO price_alias VALUES ('openai', 'gpt-6.2-sol', 'gpt-5.6', 'contract', '2026-11-20Z');

        INSERT INTO usage_record (
            record_id, recorded_at, occurred_at, attempt_id, call_id, price_id, input_tokens, cached_input_tokens, cache_write_tokens,
            output_tokens, reasoning_tokens, input_nanos, cached_input_nanos, cache_write_nanos, output_nanos, reasoning_nanos, request_nanos, cost_nanos,
            gateway_ms, first_token_ms, total_ms, attempt_number, funding, outcome, fallback, source, event_id, team_id, user_id, key_id, workload, lane, provider,
            model_asked, model_served, route_reason, traceparent, upstream_key, currency, application_id)
        SELECT record_id, occurred_at, occurred_at, attempt_id, attempt_id, (SELECT price_id FROM price p WHERE p.model = record.model AND tier = 'standard' AND cost IS NOT NULL), 1000, 0, 0,
            500, 0, cost, cost - cost, cost - cost, cost - cost, cost - cost, cost - cost, cost,
            1, 2, 3, 1, 3, 1, false, 'gateway-1', event_id, 'team_support', '', 'key_1', 'interactive', 'standard', provider, model, model, '', '', '', 'USD', ''
        FROM (VALUES
            {Record("opus", "anthropic", "claude-opus-5", "2026-08-01")},
            {Record("opus early", "anthropic", "claude-opus-5", "2026-07-01")},
            {Record("sonnet", "anthropic", "claude-sonnet-5-5", "2026-11-01")},
            {Record("luna rated", "openai", "gpt-5.6-luna", "2026-08-01", 4_000_000)},
            {Record("luna", "openai", "gpt-5.6-luna", "2026-08-02")},
            {Record("luna before", "openai", "gpt-5.6-luna", "2026-07-01")}
        ) AS record (record_id, attempt_id, event_id, provider, model, occurred_at, cost)
        """;

    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(old: Version7, upTo: 7);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Theory(Timeout = 300_000)]
    // A price of one's own stands, before it the starter book's, and other tiers of the model are cut.
    [InlineData("gpt-5.6-terra standard", "2026-08-15", "2.5 0.25 3.125 3.125 15; 272000: 5 0.5 6.25 6.25 22.5")]
    [InlineData("gpt-5.6-terra standard", "2026-11-26", "1 1 1 1 2")]
    [InlineData("gpt-5.6-terra flex", "2026-11-26", "1 0.1 1.25 1.25 6")]
    [InlineData("gpt-6-sol standard", "2026-11-26", "1 1 1 1 2")]
    [InlineData("gpt-6-sol standard", "2026-08-31", "")]
    [InlineData("gpt-6-sol batch", "2026-11-26", "1 0.1 1.25 1.25 5; 272000: 2 0.2 2.5 2.5 7.5")]
    // A name that somebody made stand for another model goes on to.
    [InlineData("gpt-6.2-sol standard", "2026-11-26", "5 0.5 6.25 6.25 30; 272000: 10 1 12.5 12.5 45")]
    [InlineData("gpt-6.2-sol priority", "2026-11-26", "10 1 12.5 12.5 60")]
    public async Task What_an_operator_has_set_stands(string subject, string day, string expected)
    {
        var parts = subject.Split(' ');
        var book = await _metering.Get<PriceStore>().ReadBookAsync(Cancel);
        var moment = DateTimeOffset.Parse($"{day}T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture);
        var version = book.Find(0, new PriceSubject("openai", parts[0], parts[1], ""), moment);
        Assert.Equal(expected, version is null ? "" : StarterPrices.Shown(version.Price));
    }

    [Fact(Timeout = 300_000)]
    public async Task Usage_without_a_cost_is_priced_by_its_day_and_what_was_rated_stays()
    {
        await RepriceAsync();
        var costs = (await _metering.StreamAsync())
            .GroupBy(record => record.Event.CorrectsRecordId.Length > 0 ? record.Event.CorrectsRecordId : record.RecordId)
            .ToDictionary(group => group.Key, group => (group.Count(), group.Sum(record => record.Cost?.TotalNanos ?? 0)));

        // 1,000 of input and 500 of output: at 5.00 and 25.00 a million; at 2.00 and 10.00; as rated; at 0.20 and 1.20; at 1.00 and 6.00.
        Assert.Equal((2, 17_500_000), costs[IdOf("opus")]);
        Assert.Equal((2, 17_500_000), costs[IdOf("opus early")]);
        Assert.Equal((2, 7_000_000), costs[IdOf("sonnet")]);
        Assert.Equal((1, 4_000_000), costs[IdOf("luna rated")]);
        Assert.Equal((2, 800_000), costs[IdOf("luna")]);
        Assert.Equal((2, 4_000_000), costs[IdOf("luna before")]);
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Operator_may_give_a_cut_its_past_by_a_retroactive_price_of_a_moment_later()
    {
        await RepriceAsync();
        var cut = StarterPrices.Version(await _metering.Get<PriceStore>().ReadBookAsync(Cancel), "gpt-5.6-luna", new(2026, 11, 26, 0, 0, 0, TimeSpan.Zero)).ToRow();
        cut.EffectiveFrom.Seconds++;
        await _metering.Get<SetPrice>().RunAsync(new SetPriceRequest { Price = cut, IdempotencyKey = "luna", Retroactive = true }, "key_test", Cancel);

        // 4,000,000 as rated, 800,000 at the cut price: the difference goes back.
        Assert.Equal(1, await RepriceAsync());
        Assert.Equal(-3_200_000, (await _metering.StreamAsync()).Where(record => record.Event.CorrectsRecordId == IdOf("luna rated")).Sum(record => record.Cost.TotalNanos));
        Assert.Equal(0, await RepriceAsync());
    }

    private static string Record(string eventId, string provider, string model, string day, long? cost = null) =>
        $"('{IdOf(eventId)}'::uuid, '{DerivedId.OfAttempt("gateway-1", eventId)}'::uuid, '{eventId}', '{provider}', '{model}', '{day} 12:00Z'::timestamptz, {cost?.ToString() ?? "NULL"}::bigint)";

    private static string IdOf(string eventId) => DerivedId.OfRecord("gateway-1", eventId).ToString();

    private Task<int> RepriceAsync() => _metering.Get<RepriceUsage>().RunAsync(Cancel);
}
