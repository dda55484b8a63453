using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;

namespace Platform.Metering.Tests;

public sealed class RepricingTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start.AddHours(10));
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task List_of_unpriced_usage_that_is_cut_says_how_much_there_is()
    {
        await _metering.RecordAsync([.. Enumerable.Range(0, 1_000).Select(number => Events.New($"call-{number}", Start, usage => usage.ModelServed = $"model-{number}"))]);
        await _metering.RecordAsync(Events.New("again", Start, usage => usage.ModelServed = "model-999"), Events.New("last", Start, usage => usage.ModelServed = "model-1000"));

        var unpriced = await _metering.Get<UnpricedUsageStore>().ListAsync(Cancel);

        Assert.Equal((1_000, 1_001, 1_002), (unpriced.Usage.Count, unpriced.UsageTotal, unpriced.RecordsTotal));
        Assert.Equal(("model-999", 2), (unpriced.Usage[0].Model, unpriced.Usage[0].Records));
    }

    [Fact(Timeout = 300_000)]
    public async Task Unpriced_usage_is_priced_by_a_correction_when_its_price_arrives()
    {
        await _metering.RecordAsync(Events.New("one", Start, usage => usage.ModelServed = "new-model"), Events.New("two", Start, usage => usage.ModelServed = "new-model"));
        var waiting = Assert.Single((await _metering.Get<UnpricedUsageStore>().ListAsync(Cancel)).Usage);
        Assert.Equal(("new-model", 2, 3_000), (waiting.Model, waiting.Records, waiting.Tokens));

        // In force from now on only: the first price that there is rates what had none.
        await SetAsync(Row("new-model", 1_000_000_000, 2_000_000_000));
        Assert.Equal(2, await RepriceAsync());
        Assert.Equal([0, 0, 1, 1], (await _metering.OwedAsync()).SelectMany(message => message.Items).OrderBy(item => item.CostNanos).Select(item => item.PricedCalls));

        // 1,000 input at 1.00 and 500 output at 2.00 a million: 0.002 each.
        var total = (await _metering.QueryAsync(new QuerySpendRequest())).Total;
        Assert.Equal((4_000_000, 2, 2_000, 1_000, 0), (total.CostNanos, total.Calls, total.InputTokens, total.OutputTokens, total.UnpricedCalls));
        Assert.Empty((await _metering.Get<UnpricedUsageStore>().ListAsync(Cancel)).Usage);
        var records = await _metering.StreamAsync();
        Assert.Equal(4, records.Count);
        Assert.Equal(2, records.Count(record => record.Cost is null));
        Assert.All(records.Where(record => record.Cost is not null), correction =>
        {
            Assert.Equal(("pricing", 2_000_000L), (correction.Event.Source, correction.Cost.TotalNanos));
            Assert.Equal(new Tokens(), correction.Event.Tokens);
            Assert.Contains(records, record => record.RecordId == correction.Event.CorrectsRecordId && record.Cost is null);
        });
        Assert.Equal(0, await RepriceAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Starter_book_prices_dated_snapshots_tiers_and_long_contexts()
    {
        await _metering.RecordAsync(
            Events.New("alias", Start, usage => (usage.Provider, usage.ModelServed, usage.Tokens) = ("anthropic", "claude-sonnet-4-5-20250929", new Tokens { Input = 1_000, CacheWrite1H = 1_000 })),
            Events.New("long", Start, usage => (usage.Provider, usage.ModelServed, usage.Tokens) = ("anthropic", "claude-sonnet-4-5", new Tokens { Input = 200_001 })),
            Events.New("flex", Start, usage => (usage.ModelServed, usage.ServiceTier, usage.Tokens) = ("gpt-5.6-luna", "flex", new Tokens { Input = 1_000, Output = 100 })));

        // 1,000 × 3.00 + 1,000 × 6.00; 200,001 × 6.00; 1,000 × 0.50 + 100 × 3.00 a million.
        Assert.Equal(
            [9_000_000, 1_200_006_000, 800_000],
            (await _metering.StreamAsync()).OrderBy(record => record.Event.EventId is "alias" ? 0 : record.Event.EventId is "long" ? 1 : 2).Select(record => record.Cost.TotalNanos));
    }

    [Fact(Timeout = 300_000)]
    public async Task Price_of_a_dated_name_leaves_its_alias_the_times_and_tiers_that_it_has_none_for()
    {
        // The starter book has the name as an alias; a list brings it as an entry of its own, from now on.
        const string dated = "gpt-4o-mini-2024-07-18";
        var batch = Row(dated, 75_000_000, 300_000_000);
        batch.Tier = "batch";
        await ImportAsync(Row(dated, 300_000_000, 600_000_000), batch);
        await RecordAsync(Events.New("before", Start.AddMonths(-5), Dated), Events.New("today", Start, Dated));
        _time.Advance(TimeSpan.FromHours(1));
        await RecordAsync(Events.New("now", _time.GetUtcNow(), Dated));
        Assert.Equal((450_000 + 450_000 + 600_000, 0), (await CostAsync(), await UnpricedAsync()));
        Assert.Equal(0, await RepriceAsync());

        // Only the batch tier of another name has a price of its own.
        var other = batch.Clone();
        other.Model = "gpt-4.1-nano-2025-04-14";
        await SetAsync(other);
        await RecordAsync(Events.New("other", _time.GetUtcNow(), usage => usage.ModelServed = other.Model));
        Assert.Equal(0, await UnpricedAsync());

        // What the model itself costs corrects what the name was rated at by it, and nothing else.
        await SetAsync(Row("gpt-4o-mini", 450_000_000, 600_000_000, Start.AddDays(-1)));
        var before = await CostAsync();
        Assert.Equal(1, await RepriceAsync());
        Assert.Equal(before + 300_000, await CostAsync());

        static void Dated(UsageEvent usage) => usage.ModelServed = dated;
    }

    [Fact(Timeout = 300_000)]
    public async Task Usage_that_waits_under_an_alias_gets_the_first_price_that_the_name_or_its_model_has()
    {
        await ImportAsync(new PriceAlias { Provider = "openai", Alias = "dated", Model = "model", Source = "test" }, Row("model", 1_000_000_000, 1_000_000_000));
        await RecordAsync(Events.New("model", _time.GetUtcNow(), usage => usage.ModelServed = "model"), Events.New("batch", Start, usage => (usage.ModelServed, usage.ServiceTier) = ("dated", "batch")));
        await RepriceAsync();
        Assert.Equal(1, await UnpricedAsync());

        var batch = Row("dated", 500_000_000, 500_000_000);
        batch.Tier = "batch";
        await SetAsync(batch);
        Assert.Equal(1, await RepriceAsync());
        Assert.Equal((2_250_000, 0), (await CostAsync(), await UnpricedAsync()));

        // The name's own flex price begins after the call, which is told later still: it is the first that there is. The model's comes too late to be it.
        var flex = Row("dated", 500_000_000, 500_000_000);
        flex.Tier = "flex";
        await SetAsync(flex);
        await RepriceAsync();
        await RecordAsync(Events.New("flex", Start, usage => (usage.ModelServed, usage.ServiceTier) = ("dated", "flex")));
        Assert.Equal((1, 3_000_000, 0), (await RepriceAsync(), await CostAsync(), await UnpricedAsync()));
        flex.Model = "model";
        await SetAsync(flex);
        Assert.Equal((0, 3_000_000, 0), (await RepriceAsync(), await CostAsync(), await UnpricedAsync()));
    }

    [Theory(Timeout = 600_000)]
    [InlineData(0)]
    [InlineData(31)]
    public async Task Usage_costs_the_same_whether_the_first_price_came_before_it_or_after(int daysAhead)
    {
        var events = Enumerable.Range(0, 3).Select(day => Events.New($"told-{daysAhead}-{day}", Start.AddDays(-day), usage => usage.ModelServed = $"vendor-{daysAhead}")).ToArray();
        for (var before = 0; before <= events.Length; before++)
        {
            var model = $"vendor-{daysAhead}-{before}";
            UsageEvent[] own = [.. events.Select(told => told.Clone())];
            foreach (var told in own)
            {
                (told.ModelServed, told.EventId, told.AttemptId) = (model, $"{told.EventId}-{before}", Guid.CreateVersion7().ToString());
            }

            await RecordAsync(own[..before]);
            await SetAsync(Row(model, 1_000_000_000, 2_000_000_000, daysAhead == 0 ? null : _time.GetUtcNow().AddDays(daysAhead)), retroactive: false);
            await RecordAsync(own[before..]);
            Assert.Equal(events.Length, await RepriceAsync());
            var spend = (await _metering.QueryAsync(new QuerySpendRequest { Filters = { Spend.Only(SpendDimension.Model, model) } })).Total;
            Assert.Equal((3 * 2_000_000, 0), (spend.CostNanos, spend.UnpricedCalls));
            Assert.Equal(before == 0 ? 0 : 1, await _metering.ScalarAsync<long>($"SELECT count(*) FROM alert WHERE subject = 'openai/{model}'"));
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Price_of_nothing_is_a_price()
    {
        await _metering.RecordAsync(Events.New("free", Start, usage => usage.ModelServed = "free-model"));
        await SetAsync(Row("free-model", 0, 0));

        Assert.Equal(1, await RepriceAsync());
        Assert.Equal(0, (await _metering.QueryAsync(new QuerySpendRequest())).Total.UnpricedCalls);
    }

    [Fact(Timeout = 300_000)]
    public async Task Retroactive_price_corrects_what_was_sent_since_it_began_and_nothing_before()
    {
        await _metering.RecordAsync(Events.New("before", Start), Events.New("after", Start.AddHours(2)), Events.New("now", Start.AddHours(9)));
        var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => SetAsync(Row("gpt-4o-mini", 300_000_000, 600_000_000, Start.AddHours(1)), retroactive: false));
        Assert.Equal(Reasons.PriceInThePast, RpcErrors.ReasonOf(refused));

        await SetAsync(Row("gpt-4o-mini", 300_000_000, 600_000_000, Start.AddHours(1)));
        Assert.Equal(2, await RepriceAsync());

        // Each was 1,000 × 0.15 + 500 × 0.60 a million; input is twice as dear since an hour after the start.
        var byHour = await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Hour } });
        Assert.Equal([450_000, 600_000, 600_000], byHour.Rows.Select(row => row.CostNanos));
        Assert.Equal(3, byHour.Total.Calls);
    }

    [Fact(Timeout = 300_000)]
    public async Task Attempt_of_a_late_teller_is_corrected_too_when_its_intents_price_has_lost_the_time()
    {
        var old = (await _metering.Get<PriceStore>().ReadBookAsync(Cancel)).Versions.Single(version => version.Price.Model == "gpt-4o-mini");
        await SetAsync(Row("gpt-4o-mini", 300_000_000, 600_000_000, Start.AddHours(1)));
        await RepriceAsync();

        // Its intent names the old version, as all intents of then do; the gateway was cut off and tells of it only now.
        await _metering.RecordAsync(Events.New("late", Start.AddHours(2), usage => usage.PriceId = old.Price.PriceId));
        Assert.Equal(450_000, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
        Assert.Equal(1, await RepriceAsync());
        Assert.Equal(600_000, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Attempt_at_its_intents_price_is_not_corrected_to_a_price_that_came_in_time()
    {
        var old = (await _metering.Get<PriceStore>().ReadBookAsync(Cancel)).Versions.Single(version => version.Price.Model == "gpt-4o-mini");
        await SetAsync(Row("gpt-4o-mini", 300_000_000, 600_000_000));
        _time.Advance(TimeSpan.FromSeconds(1));
        await _metering.RecordAsync(Events.New("intent", _time.GetUtcNow(), usage => usage.PriceId = old.Price.PriceId));

        Assert.Equal(0, await RepriceAsync());
        Assert.Equal(450_000, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Prices_changed_twice_for_the_past_end_at_the_last_one()
    {
        await _metering.RecordAsync(Events.New("one", Start.AddHours(2)));
        await SetAsync(Row("gpt-4o-mini", 300_000_000, 600_000_000, Start.AddHours(1)));
        await SetAsync(Row("gpt-4o-mini", 150_000_000, 600_000_000, Start.AddMinutes(90)));
        await RepriceAsync();

        Assert.Equal(450_000, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Another_tier_is_never_priced_by_the_standard_one_and_a_region_without_a_price_is()
    {
        await _metering.RecordAsync(
            Events.New("batch", Start, usage => usage.ServiceTier = "batch"), Events.New("region", Start, usage => usage.Region = "eu"));
        var total = (await _metering.QueryAsync(new QuerySpendRequest())).Total;
        Assert.Equal((450_000, 1), (total.CostNanos, total.UnpricedCalls));

        var batch = Row("gpt-4o-mini", 75_000_000, 300_000_000);
        batch.Tier = "batch";
        await SetAsync(batch);
        Assert.Equal(1, await RepriceAsync());
        total = (await _metering.QueryAsync(new QuerySpendRequest())).Total;
        Assert.Equal((675_000, 0), (total.CostNanos, total.UnpricedCalls));
    }

    [Fact(Timeout = 300_000)]
    public async Task Import_compares_applies_whole_and_prices_what_waited_under_an_alias()
    {
        await _metering.RecordAsync(Events.New("dated", Start, usage => usage.ModelServed = "model-2026-01-01"));
        var request = new ImportPricesRequest
        {
            Prices = { Row("model", 1_000_000_000, 1_000_000_000), Row("gpt-4o-mini", 1_500_000_000, 600_000_000) },
            Aliases = { new PriceAlias { Provider = "openai", Alias = "model-2026-01-01", Model = "model", Source = "test" } },
            IdempotencyKey = "import",
        };

        var dry = await _metering.Get<ImportPrices>().RunAsync(request, "key_test", Cancel);
        Assert.Equal([(PriceChangeKind.Added, false), (PriceChangeKind.Changed, true)], dry.Changes.Select(change => (change.Kind, change.Suspicious)));
        Assert.Equal(0, await RepriceAsync());

        request.Apply = true;
        var applied = await _metering.Get<ImportPrices>().RunAsync(request, "key_test", Cancel);
        Assert.True(applied.Applied);
        Assert.Equal(applied, await _metering.Get<ImportPrices>().RunAsync(request, "key_test", Cancel));
        Assert.Equal(1, await RepriceAsync());
        Assert.Equal(1_500_000, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);

        request.IdempotencyKey = "again";
        var again = await _metering.Get<ImportPrices>().RunAsync(request, "key_test", Cancel);
        Assert.Equal(request.Prices.Count, again.Changes.Count);
        Assert.All(again.Changes, change => Assert.Equal(PriceChangeKind.Unchanged, change.Kind));
    }

    [Fact(Timeout = 300_000)]
    public async Task Import_with_bad_rows_names_each_and_changes_nothing()
    {
        var twice = Row("model", 1, 1);
        var negative = Row("other", -1, 1);
        var revision = await _metering.ScalarAsync<long>("SELECT revision FROM price_book");
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => _metering.Get<ImportPrices>().RunAsync(
            new ImportPricesRequest
            {
                Prices = { Row("model", 1, 1), twice, negative },
                Aliases = { new PriceAlias { Provider = "openai", Alias = "gpt-4o", Model = "gpt-4o", Source = "test" } },
                Apply = true,
                IdempotencyKey = "bad",
            }, "key_test",
            Cancel));

        Assert.Contains("prices[2]: openai model is given twice.", error.Status.Detail);
        Assert.Contains("prices[3]: input_per_million", error.Status.Detail);
        Assert.Contains("aliases[1]: alias 'gpt-4o' cannot stand for itself.", error.Status.Detail);
        Assert.Equal(revision, await _metering.ScalarAsync<long>("SELECT revision FROM price_book"));
    }

    [Fact(Timeout = 600_000)]
    public async Task Rollups_are_the_sum_of_the_records_whatever_prices_come_when()
    {
        var number = 0;
        var step = Gen.Select(Gen.Int[0, 5], Gen.Int[1, 40], Gen.Long[1, 9]);
        await step.List[1, 25].SampleAsync(
            async steps =>
            {
                foreach (var (kind, size, rate) in steps)
                {
                    _time.Advance(TimeSpan.FromSeconds(1));
                    switch (kind)
                    {
                        case 0:
                            await RepriceAsync();
                            break;
                        case 1 or 2:
                            await SetPastAsync(size % 4, rate, size % 10);
                            break;
                        default:
                            await _metering.RecordAsync([.. Enumerable.Range(number, size).Select(Events.Varied)]);
                            number += size;
                            break;
                    }
                }

                await RepriceAsync();
                var sums = await _metering.ScalarAsync<string>("""
                    SELECT coalesce(concat_ws(' ', sum(cost_nanos), sum(records), sum(calls), sum(input_tokens), sum(output_tokens)), '') FROM usage_rollup
                    """);
                var records = await _metering.ScalarAsync<string>("""
                    SELECT CASE WHEN count(*) = 0 THEN '' ELSE
                        concat_ws(' ', coalesce(sum(cost_nanos), 0), count(*), count(*) FILTER (WHERE corrects_record_id IS NULL), sum(input_tokens), sum(output_tokens)) END
                    FROM usage_record
                    """);
                Assert.Equal(records, sums);
                var unpriced = await _metering.ScalarAsync<long>("SELECT coalesce(sum(records), 0)::bigint FROM usage_rollup WHERE NOT priced");
                Assert.Equal((await _metering.Get<UnpricedUsageStore>().ListAsync(Cancel)).Usage.Sum(usage => usage.Records), unpriced);

                // Who hears of the records knows as well how many calls are still without a price.
                var told = (await _metering.OwedAsync()).SelectMany(message => message.Items).Sum(item => (item is { CostNanos: null, CorrectsRecordId: null } ? item.Calls ?? 1 : 0) - item.PricedCalls);
                Assert.Equal(await _metering.ScalarAsync<long>("SELECT coalesce(sum(calls), 0)::bigint FROM usage_rollup WHERE NOT priced"), told);
            },
            iter: 6, threads: 1);
    }

    [Fact(Timeout = 300_000)]
    public async Task Record_that_a_price_would_take_out_of_range_keeps_its_cost_and_holds_no_other_up()
    {
        await _metering.RecordAsync(
            Events.New("huge", Start, usage => usage.Tokens = new Tokens { Input = 1_000_000_000_000 }), Events.New("usual", Start.AddSeconds(1)));

        await SetAsync(Row("gpt-4o-mini", 10_000 * Money.NanosPerUnit, 10_000 * Money.NanosPerUnit, Start.AddHours(-1)));
        Assert.Equal(1, await RepriceAsync());

        // 1,500 tokens at 10,000.00 a million; the other one stays at 0.15 a million.
        Assert.Equal(15 * Money.NanosPerUnit + 150_000 * Money.NanosPerUnit, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
    }

    private async Task SetPastAsync(int model, long rate, int hours)
    {
        var name = model switch { 0 => "gpt-4o", 1 => "gpt-4.1-nano", 2 => "unknown-model", _ => "gpt-4o-mini" };
        await SetAsync(Row(name, rate * 100_000_000, rate * 300_000_000, _time.GetUtcNow().AddHours(-hours).AddDays(-hours)));
    }

    private async Task RecordAsync(params IReadOnlyList<UsageEvent> events) =>
        Assert.All((await _metering.RecordAsync(events)).Results, result => Assert.True(result.Outcome >= RecordOutcome.AcceptedUnpriced, result.Message));

    private async Task<long> CostAsync() => (await TotalAsync()).CostNanos;

    private async Task<long> UnpricedAsync() => (await TotalAsync()).UnpricedCalls;

    private async Task<SpendRow> TotalAsync() => (await _metering.QueryAsync(new QuerySpendRequest { From = Spend.At("2026-01-01").ToTimestampUtc() })).Total;

    private Task<ImportPricesResponse> ImportAsync(params IEnumerable<PriceRow> rows) => ImportAsync(null, rows);

    private Task<ImportPricesResponse> ImportAsync(PriceAlias? alias, params IEnumerable<PriceRow> rows)
    {
        var request = new ImportPricesRequest { Prices = { rows }, Apply = true, IdempotencyKey = Guid.CreateVersion7().ToString() };
        request.Aliases.Add(alias is null ? [] : [alias]);
        return _metering.Get<ImportPrices>().RunAsync(request, "key_test", Cancel);
    }

    private Task<int> RepriceAsync() => _metering.Get<RepriceUsage>().RunAsync(Cancel);

    private Task<PriceRow> SetAsync(PriceRow row, bool retroactive = true) => _metering.Get<SetPrice>().RunAsync(
        new SetPriceRequest { Price = row, IdempotencyKey = Guid.CreateVersion7().ToString(), Retroactive = retroactive }, "key_test", Cancel);

    private static PriceRow Row(string model, long input, long output, DateTimeOffset? from = null) => PriceRows.New(model, input, output, from);
}
