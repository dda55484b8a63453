using Platform.Contracts;
using Platform.Metering.Intake;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;
using Platform.Rating;

namespace Platform.Metering.Tests;

/// <summary>Prices of each currency become a row of their own, in a database where those of one currency ended the other's, and where usage was left without a price that there is.</summary>
public sealed class PriceMigrationTests : IAsyncLifetime
{
    // Version 7 has the book's tables as they are; the migration after it sums the records anew, so records are all that is needed here.
    private static readonly string Version7 = $"""
        UPDATE price SET effective_to = '2026-06-01Z' WHERE model = 'gpt-4o' AND tier = 'standard';
        INSERT INTO price (
            provider, model, tier, currency, input_per_million, cached_input_per_million, cache_write_per_million, cache_write_hour_per_million, output_per_million,
            reasoning_per_million, per_request, effective_from, effective_to, source, recorded_at)
        SELECT 'openai', model, tier, currency, 1000000000, 1000000000, 1000000000, 1000000000, 2000000000, 2000000000, 0, begins, ends, 'contract', '2026-06-01Z'
        FROM (VALUES
            -- A dollar price of later ends the one in euros, and a euro price that of the starter book.
            ('gpt-4o', 'standard', 'EUR', '2026-06-01Z'::timestamptz, '2026-08-01Z'::timestamptz),
            ('gpt-4o', 'standard', 'USD', '2026-08-01Z', NULL),
            ('gpt-4o-mini-2024-07-18', 'batch', 'USD', '2026-06-01Z', NULL)) AS own (model, tier, currency, begins, ends);

        INSERT INTO usage_record (
            record_id, recorded_at, occurred_at, attempt_id, call_id, price_id, input_tokens, cached_input_tokens, cache_write_tokens,
            output_tokens, reasoning_tokens, input_nanos, cached_input_nanos, cache_write_nanos, output_nanos, reasoning_nanos, request_nanos, cost_nanos,
            gateway_ms, first_token_ms, total_ms, attempt_number, funding, outcome, fallback, source, event_id, team_id, user_id, key_id, workload, lane, provider,
            model_asked, model_served, route_reason, traceparent, upstream_key, currency, application_id)
        SELECT record_id, occurred_at, occurred_at, attempt_id, attempt_id, (SELECT price_id FROM price p WHERE p.model = 'gpt-4o-mini' AND tier = 'standard' AND cost IS NOT NULL), 1000, 0, 0,
            500, 0, cost, cost - cost, cost - cost, cost - cost, cost - cost, cost - cost, cost,
            1, 2, 3, 1, 3, 1, false, 'gateway-1', event_id, 'team_support', '', 'key_1', 'interactive', 'standard', 'openai', model, model, '', '', '', 'USD', ''
        FROM (VALUES
            {Record("dated", "gpt-4o-mini-2024-07-18", "2026-07-01")},
            {Record("dated early", "gpt-4o-mini-2024-07-18", "2023-07-01")},
            {Record("rated", "gpt-4o-mini-2024-07-18", "2026-07-02", 4_000_000)},
            {Record("cut off", "gpt-4o", "2026-07-01")},
            {Record("unknown", "gpt-unknown", "2026-07-01")}
        ) AS record (record_id, attempt_id, event_id, model, occurred_at, cost)
        """;

    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(old: Version7, upTo: 7);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Prices_end_where_the_next_one_of_their_own_currency_begins()
    {
        var book = await _metering.Get<PriceStore>().ReadBookAsync(Cancel);
        Assert.Equal(
            ["EUR 2026-06-01 -", "USD 2024-01-01 2026-08-01", "USD 2026-08-01 -"],
            book.VersionsOf(new PriceSubject("openai", "gpt-4o", Price.StandardTier, ""))
                .Select(version => $"{version.Price.Currency} {version.EffectiveFrom:yyyy-MM-dd} {(version.EffectiveTo is { } end ? $"{end:yyyy-MM-dd}" : "-")}").Order());
    }

    [Fact(Timeout = 300_000)]
    public async Task Usage_without_a_cost_that_has_a_price_is_rated_by_it_once_and_what_was_rated_stays()
    {
        await _metering.Get<RepriceUsage>().RunAsync(Cancel);
        var costs = (await _metering.StreamAsync())
            .GroupBy(record => record.Event.CorrectsRecordId.Length > 0 ? record.Event.CorrectsRecordId : record.RecordId)
            .ToDictionary(group => group.Key, group => (group.Count(), group.Sum(record => record.Cost?.TotalNanos ?? 0)));

        // 1,000 of input and 500 of output: at 0.15 and 0.60 a million, of before any price by the first one; as rated; at 2.50 and 10.00; without a price.
        Assert.Equal((2, 450_000), costs[IdOf("dated")]);
        Assert.Equal((2, 450_000), costs[IdOf("dated early")]);
        Assert.Equal((1, 4_000_000), costs[IdOf("rated")]);
        Assert.Equal((2, 7_500_000), costs[IdOf("cut off")]);
        Assert.Equal((1, 0), costs[IdOf("unknown")]);
        await RollupCheck.AssertEqualAsync(_metering);
        Assert.Equal(0, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
    }

    private static string Record(string eventId, string model, string day, long? cost = null) =>
        $"('{IdOf(eventId)}'::uuid, '{DerivedId.OfAttempt("gateway-1", eventId)}'::uuid, '{eventId}', '{model}', '{day} 12:00Z'::timestamptz, {cost?.ToString() ?? "NULL"}::bigint)";

    private static string IdOf(string eventId) => DerivedId.OfRecord("gateway-1", eventId).ToString();
}
