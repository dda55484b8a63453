using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Periods;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;

namespace Platform.Metering.Tests;

public sealed class PriceImportTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = Spend.At("2026-06-10T12:00Z");

    private readonly FakeTimeProvider _time = new(Start);
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Context_tiers_that_are_not_said_stay_as_they_are_and_an_empty_list_takes_them_away()
    {
        await SetAsync(Tiered(Row("tiered", 3)));
        _time.Advance(TimeSpan.FromHours(1));
        var discounted = Row("tiered", 3);
        (discounted.KeepContextTiers, discounted.DiscountPpm) = (true, 100_000);
        Assert.Equal([200_000], (await SetAsync(discounted)).ContextTiers.Select(tier => tier.AboveInputTokens));

        var same = discounted.Clone();
        Assert.Equal((PriceChangeKind.Unchanged, false), Shown(await ImportAsync(same)));
        same.KeepContextTiers = false;
        Assert.Equal((PriceChangeKind.Changed, true), Shown(await ImportAsync(same)));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Empty((await SetAsync(same)).ContextTiers);
        Assert.Empty((await SetAsync(Keeping(Row("first", 3)))).ContextTiers);
    }

    [Fact(Timeout = 300_000)]
    public async Task Discount_that_is_not_said_stays_as_it_is_and_one_of_nothing_takes_it_away()
    {
        var contract = Row("discounted", 3);
        contract.DiscountPpm = 125_000;
        await SetAsync(contract);
        _time.Advance(TimeSpan.FromHours(1));
        var list = Row("discounted", 3);
        list.KeepDiscount = true;
        Assert.Equal((PriceChangeKind.Unchanged, false), Shown(await ImportAsync(list)));

        (list.InputPerMillion, list.KeepContextTiers) = (list.InputPerMillion * 2, true);
        var change = Assert.Single((await ImportAsync(list)).Changes);
        Assert.Equal((PriceChangeKind.Changed, 125_000, false), (change.Kind, change.After.DiscountPpm, change.After.KeepDiscount));
        Assert.Equal(125_000, (await SetAsync(list)).DiscountPpm);
        _time.Advance(TimeSpan.FromHours(1));
        list.KeepDiscount = false;
        Assert.Equal(0, (await SetAsync(list)).DiscountPpm);
        var first = Row("first", 3);
        first.KeepDiscount = true;
        Assert.Equal(0, (await SetAsync(first)).DiscountPpm);
    }

    [Fact(Timeout = 300_000)]
    public async Task Discount_that_is_kept_is_the_one_in_force_where_the_price_begins()
    {
        var contract = Row("later", 3);
        await SetAsync(contract);
        (contract.DiscountPpm, contract.EffectiveFrom) = (200_000, (Start + TimeSpan.FromDays(10)).ToTimestampUtc());
        await SetAsync(contract);
        _time.Advance(TimeSpan.FromHours(1));
        var list = Row("later", 4);
        list.KeepDiscount = true;

        Assert.Equal(0, (await SetAsync(list)).DiscountPpm);
        list.EffectiveFrom = (Start + TimeSpan.FromDays(20)).ToTimestampUtc();
        Assert.Equal(200_000, (await SetAsync(list)).DiscountPpm);
    }

    /// <summary>input, output, fee a request, discount in percent, rate of input above 200,000 (or -) of the version before (or "none") and of the row → marked or not.</summary>
    [Theory]
    [InlineData("3 15 0 0 -", "3 15 0 0 -", false)]
    [InlineData("3 15 0 0 -", "6 7.5 0 50 -", false)]
    [InlineData("3 15 0 0 -", "30 15 0 0 -", true)]
    [InlineData("3 15 0 0 -", "3 1.5 0 0 -", true)]
    [InlineData("3 15 0 0 -", "3 15 0 100 -", true)]
    [InlineData("3 15 0 0 -", "3 15 0 90 -", true)]
    [InlineData("3 15 0 90 -", "3 15 0 0 -", true)]
    [InlineData("3 15 0 0 -", "3 15 0.5 0 -", true)]
    [InlineData("3 15 0.01 0 -", "3 15 0.1 0 -", true)]
    [InlineData("3 15 0.01 0 -", "3 15 0 0 -", true)]
    [InlineData("3 15 0 0 6", "3 15 0 0 -", true)]
    [InlineData("3 15 0 0 6", "3 15 0 0 0", true)]
    [InlineData("3 15 0 0 6", "3 15 0 0 60", true)]
    [InlineData("3 15 0 0 6", "3 15 0 0 7", false)]
    [InlineData("3 15 0 0 -", "3 15 0 0 6", false)]
    [InlineData("3 15 0 0 -", "3 15 0 0 30", true)]
    [InlineData("none", "3 15 0 0 -", false)]
    [InlineData("none", "0.02 0 0 0 -", false)]
    [InlineData("none", "0 0 0 0 -", true)]
    [InlineData("none", "3 15 0 100 -", true)]
    [InlineData("none", "0 15 0 0 -", true)]
    [InlineData("none", "0 0 0.01 0 -", false)]
    public void Change_that_looks_like_a_slip_is_marked(string before, string after, bool isMarked)
    {
        var version = before == "none" ? null : PriceVersion.From(Read(before), Start, null, Start);

        Assert.Equal(isMarked, PriceComparison.Compare(version, Read(after), Start).Suspicious);
    }

    [Fact(Timeout = 300_000)]
    public async Task Price_of_nothing_is_taken_from_a_list_only_when_that_is_asked_for()
    {
        var request = new ImportPricesRequest { Prices = { Row("paid", 1), Row("gift", 0), Row("off", 1) }, Apply = true, IdempotencyKey = "a" };
        request.Prices[2].DiscountPpm = 1_000_000;
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => ImportAsync(request));
        Assert.Equal(Reasons.InvalidArgument, RpcErrors.ReasonOf(error));
        Assert.Contains("openai gift would cost nothing", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("openai off would cost nothing", error.Status.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("openai paid", error.Status.Detail, StringComparison.Ordinal);

        (request.AllowFree, request.IdempotencyKey) = (true, "b");
        Assert.True((await ImportAsync(request)).Applied);

        // It is in force: to say it again asks for nothing.
        _time.Advance(TimeSpan.FromHours(1));
        (request.AllowFree, request.IdempotencyKey) = (false, "c");
        var again = await ImportAsync(request);
        Assert.Equal(request.Prices.Count, again.Changes.Count);
        Assert.All(again.Changes, change => Assert.Equal(PriceChangeKind.Unchanged, change.Kind));
    }

    [Fact(Timeout = 300_000)]
    public async Task Aliases_are_compared_and_one_of_another_model_is_shown_with_what_it_stood_for()
    {
        var request = new ImportPricesRequest { Prices = { Row("a", 1), Row("b", 2) }, Aliases = { Alias("dated", "a"), Alias("other", "a") }, Apply = true, IdempotencyKey = "a" };
        Assert.Equal([(PriceChangeKind.Added, ""), (PriceChangeKind.Added, "")], (await ImportAsync(request)).AliasChanges.Select(alias => (alias.Kind, alias.Before)));

        var next = new ImportPricesRequest { Aliases = { Alias("dated", "b"), Alias("other", "a"), Alias("new", "b") } };
        Assert.Equal(
            [(PriceChangeKind.Changed, "dated", "b", "a"), (PriceChangeKind.Unchanged, "other", "a", "a"), (PriceChangeKind.Added, "new", "b", "")],
            (await ImportAsync(next)).AliasChanges.Select(alias => (alias.Kind, alias.Alias, alias.Model, alias.Before)));
        Assert.Equal("key_test", await _metering.ScalarAsync<string>("SELECT set_by FROM price_alias WHERE alias = 'dated'"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Alias_that_comes_to_stand_for_another_model_leaves_what_is_priced_as_it_is()
    {
        // Both models are priced since May, and those prices came today: what waits of the dated name is rated by the first one that it stands for.
        await ImportAsync(Applied(new ImportPricesRequest { Prices = { Row("a", 1, "2026-05-01T00:00Z"), Row("b", 2, "2026-05-01T00:00Z") }, Retroactive = true }));
        await RecordAsync(("waits", "2026-06-01T01:00Z", "dated"));
        await ImportAsync(Applied(new ImportPricesRequest { Aliases = { Alias("dated", "a") } }));
        await RecordAsync(("told", "2026-06-02T01:00Z", "dated"));
        Assert.Equal(1, await RepriceAsync());
        var first = await _metering.ScalarAsync<long>("SELECT price_id FROM price WHERE model = 'a'");

        var turn = new ImportPricesRequest { Aliases = { Alias("dated", "b") }, Corrections = true };
        Assert.Equal(0, (await ImportAsync(turn)).Corrections.Records);
        await ImportAsync(Applied(turn));

        // An attempt of before the turn that is told after it, at the price of its intent.
        await _metering.RecordAsync(Events.New("intent", Spend.At("2026-06-03T01:00Z"), usage => (usage.ModelServed, usage.PriceId) = ("dated", first)));
        Assert.Equal(0, await RepriceAsync());

        // Neither does a price of the other model for the past, said to be retroactive of that model, take them; one that supersedes the first one does not either.
        await ImportAsync(Applied(new ImportPricesRequest { Prices = { Row("b", 3, "2026-05-01T00:00Z") }, Retroactive = true }));
        Assert.Equal((0, 3 * CostAt(1)), (await RepriceAsync(), await CostAsync()));

        // What is told without a price from now on is at the new model's, and follows it.
        await RecordAsync(("after", "2026-06-04T01:00Z", "dated"));
        Assert.Equal((3 * CostAt(1)) + CostAt(3), await CostAsync());
        await ImportAsync(Applied(new ImportPricesRequest { Prices = { Row("b", 5, "2026-06-01T00:00Z") }, Retroactive = true }));
        Assert.Equal((1, (3 * CostAt(1)) + CostAt(5)), (await RepriceAsync(), await CostAsync()));
    }

    [Fact(Timeout = 300_000)]
    public async Task Name_that_was_given_to_another_model_follows_the_prices_of_the_one_that_it_was_rated_at()
    {
        await ImportAsync(Applied(new ImportPricesRequest { Prices = { Row("a", 1, "2026-05-01T00:00Z"), Row("b", 2, "2026-05-01T00:00Z") }, Retroactive = true }));
        await RecordAsync(("waits", "2026-06-01T01:00Z", "dated"));
        await ImportAsync(Applied(new ImportPricesRequest { Aliases = { Alias("dated", "a") } }));
        await RecordAsync(("told", "2026-06-02T01:00Z", "dated"));
        Assert.Equal(1, await RepriceAsync());
        var first = await _metering.ScalarAsync<long>("SELECT price_id FROM price WHERE model = 'a'");

        // The preview of a list that gives the name away and changes the first model's price says what it then does.
        var turn = new ImportPricesRequest { Prices = { Row("a", 3, "2026-05-01T00:00Z") }, Aliases = { Alias("dated", "b") }, Retroactive = true, Corrections = true };
        Assert.Equal((2, 2 * (CostAt(3) - CostAt(1))), ((await ImportAsync(turn)).Corrections.Records, (await ImportAsync(turn)).Corrections.DifferenceNanos));
        await ImportAsync(Applied(turn));
        Assert.Equal((2, 2 * CostAt(3)), (await RepriceAsync(), await CostAsync()));

        // An attempt of before the turn that is told after it, at the price of its intent, is corrected to what came for its time meanwhile; what is told without a price is the new model's.
        await _metering.RecordAsync(Events.New("intent", Spend.At("2026-06-03T01:00Z"), usage => (usage.ModelServed, usage.PriceId) = ("dated", first)));
        await RecordAsync(("after", "2026-06-04T01:00Z", "dated"));
        Assert.Equal((1, (3 * CostAt(3)) + CostAt(2)), (await RepriceAsync(), await CostAsync()));

        // Each follows its own model from then on.
        await ImportAsync(Applied(new ImportPricesRequest { Prices = { Row("a", 5, "2026-05-01T00:00Z"), Row("b", 7, "2026-05-01T00:00Z") }, Retroactive = true }));
        Assert.Equal((4, (3 * CostAt(5)) + CostAt(7)), (await RepriceAsync(), await CostAsync()));

        // A third one, and back: a name has many pasts.
        await ImportAsync(Applied(new ImportPricesRequest { Prices = { Row("c", 9, "2026-05-01T00:00Z") }, Aliases = { Alias("dated", "c") }, Retroactive = true }));
        Assert.Equal(0, await RepriceAsync());
        await ImportAsync(Applied(new ImportPricesRequest { Prices = { Row("b", 8, "2026-05-01T00:00Z") }, Aliases = { Alias("dated", "a") }, Retroactive = true }));
        Assert.Equal((1, (3 * CostAt(5)) + CostAt(8)), (await RepriceAsync(), await CostAsync()));
        Assert.Equal("b,c", await _metering.ScalarAsync<string>("SELECT array_to_string(ARRAY(SELECT unnest(past_models) EXCEPT SELECT model ORDER BY 1), ',') FROM price_alias WHERE alias = 'dated'"));

        // A price of the name's own takes all of its past.
        await ImportAsync(Applied(new ImportPricesRequest { Prices = { Row("dated", 4, "2026-05-01T00:00Z") }, Retroactive = true }));
        Assert.Equal((4, 4 * CostAt(4)), (await RepriceAsync(), await CostAsync()));
        await ImportAsync(Applied(new ImportPricesRequest { Prices = { Row("b", 6, "2026-05-01T00:00Z") }, Retroactive = true }));
        Assert.Equal((0, 4 * CostAt(4)), (await RepriceAsync(), await CostAsync()));
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_that_occurred_after_its_name_was_given_to_another_model_follows_its_record()
    {
        await ImportAsync(Applied(new ImportPricesRequest { Prices = { Row("a", 1, "2026-05-01T00:00Z"), Row("b", 2, "2026-05-01T00:00Z") }, Aliases = { Alias("dated", "a") }, Retroactive = true }));
        await RecordAsync(("call", "2026-06-02T01:00Z", "dated"));
        await ImportAsync(Applied(new ImportPricesRequest { Aliases = { Alias("dated", "b") } }));
        Assert.Equal((0, CostAt(1)), (await RepriceAsync(), await CostAsync()));
        _time.Advance(TimeSpan.FromHours(2));
        var record = Assert.Single(await _metering.StreamAsync());
        var tokens = record.Event.Tokens;
        var takenBack = new UsageEvent
        {
            Source = "finance", EventId = "back", CorrectsRecordId = record.RecordId, OccurredAt = (Start + TimeSpan.FromHours(1)).ToTimestampUtc(),
            Tokens = new Tokens { Input = -tokens.Input, CachedInput = -tokens.CachedInput, Output = -tokens.Output },
        };
        Assert.Equal(-CostAt(1), (await _metering.RecordAsync(takenBack)).Results[0].CostNanos);

        // Prices of the model that the record was rated at move both, those of the other one neither.
        await ImportAsync(Applied(new ImportPricesRequest { Prices = { Row("a", 3, "2026-05-01T00:00Z") }, Retroactive = true }));
        Assert.Equal((2, 0), (await RepriceAsync(), await CostAsync()));
        await ImportAsync(Applied(new ImportPricesRequest { Prices = { Row("b", 7, "2026-05-01T00:00Z") }, Retroactive = true }));
        Assert.Equal((0, 0), (await RepriceAsync(), await CostAsync()));
    }

    [Fact(Timeout = 300_000)]
    public async Task Names_that_were_given_to_another_model_before_are_known_by_what_their_usage_was_rated_at()
    {
        // What occurred since the last name was given is not read, nor what was rated under names of the starter book, which have stood for one model only.
        const string version42 = """
            INSERT INTO price_alias (provider, alias, model, source, recorded_at) VALUES ('openai', 'turned', 'gpt-4o', 'list', '2026-06-10Z'), ('openai', 'stayed', 'gpt-4o', 'list', '2026-06-10Z');
            SELECT usage_record_partition('2026-06-01Z');
            INSERT INTO usage_record (
                recorded_at, occurred_at, price_id, input_tokens, cached_input_tokens, cache_write_tokens, cache_write_hour_tokens, output_tokens, reasoning_tokens, input_nanos, cached_input_nanos,
                cache_write_nanos, output_nanos, reasoning_nanos, request_nanos, cost_nanos, bound_nanos, gateway_ms, first_token_ms, total_ms, record_id, attempt_id, call_id, attempt_number, funding, outcome,
                fallback, source, event_id, team_id, user_id, application_id, key_id, workload, lane, provider, model_asked, model_served, service_tier, region, route_policy, route_reason, traceparent, upstream_key,
                currency, workload_rule, undelivered_ppm)
            SELECT '2026-06-12Z', occurred::timestamptz, (SELECT max(price_id) FROM price WHERE provider = 'openai' AND model = rated), 5, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, gen_random_uuid(),
                gen_random_uuid(), gen_random_uuid(), 1, 2, 1, false, 'api', 'old', 'team_support', '', '', '', '', '', 'openai', name, name, 'standard', '', '', '', '', '', 'USD', '', 0
            FROM (VALUES
                ('turned', 'gpt-4o-mini', '2026-06-09Z'), ('turned', 'gpt-4o', '2026-06-09Z'), ('stayed', 'gpt-4o', '2026-06-09Z'), ('gpt-4o', 'gpt-4o-mini', '2026-06-09Z'),
                ('stayed', 'gpt-4o-mini', '2026-06-11Z'), ('gpt-4o-2024-08-06', 'gpt-4o-mini', '2026-06-09Z')) AS old (name, rated, occurred);
            """;
        await using var metering = await MeteringFixture.CreateAsync(old: version42, upTo: 42);
        Assert.Equal("turned gpt-4o-mini", await metering.ScalarAsync<string>("SELECT string_agg(alias || ' ' || array_to_string(past_models, ','), '|') FROM price_alias WHERE past_models <> '{}'"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Preview_says_by_month_what_then_is_corrected_and_changes_nothing()
    {
        await RecordAsync(("may", "2026-05-31T23:00Z", "gpt-4o-mini"), ("june", "2026-06-01T01:00Z", "gpt-4o-mini"), ("later", "2026-06-09T01:00Z", "gpt-4o-mini"));
        await RecordAsync(("dated", "2026-06-02T01:00Z", "new-2026-01-01"), ("unpriced", "2026-04-02T01:00Z", "new"), ("other", "2026-06-02T01:00Z", "gpt-4o"));
        var request = new ImportPricesRequest { Prices = { Row("gpt-4o-mini", 1, "2026-05-15T00:00Z"), Row("new", 2) }, Aliases = { Alias("new-2026-01-01", "new") }, Retroactive = true, Corrections = true };
        var state = await StateAsync();

        var preview = (await ImportAsync(request)).Corrections;

        Assert.Equal(state, await StateAsync());
        Assert.Equal(
            [("2026-04", 1L, 1L), ("2026-05", 1L, 0L), ("2026-06", 3L, 1L)], preview.Months.Select(month => (month.Month, month.Records, month.UnpricedRecords)));
        Assert.Equal((5, "USD", null), (preview.Records, preview.Currency, preview.LookedUntil));
        var before = (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos;
        (request.Corrections, request.Apply, request.IdempotencyKey) = (false, true, "apply");
        await ImportAsync(request);
        Assert.Equal(5, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        var after = (await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Month } })).Rows.ToDictionary(row => row.Keys[0], row => row.CostNanos);
        Assert.Equal(preview.DifferenceNanos, after.Values.Sum() - before);
        Assert.Equal(preview.Months[0].DifferenceNanos, after["2026-04"]);

        // All of it is corrected: the same question finds nothing more.
        request = new ImportPricesRequest { Prices = { Row("gpt-4o-mini", 1, "2026-05-16T00:00Z") }, Retroactive = true, Corrections = true };
        Assert.Equal(0, (await ImportAsync(request)).Corrections.Records);
    }

    [Fact(Timeout = 300_000)]
    public async Task Preview_says_what_would_be_booked_in_a_later_month_because_its_own_is_closed()
    {
        // Months of Berlin: its May ends two hours before that of UTC.
        await RecordAsync(("april", "2026-04-09T01:00Z", "gpt-4o-mini"), ("may", "2026-05-31T21:59Z", "gpt-4o-mini"), ("june", "2026-05-31T22:01Z", "gpt-4o-mini"), ("later", "2026-06-09T01:00Z", "gpt-4o-mini"));
        var request = new ImportPricesRequest { Prices = { Row("gpt-4o-mini", 1, "2026-04-01T00:00Z") }, Retroactive = true, Corrections = true };
        var open = (await ImportAsync(request)).Corrections;
        Assert.Equal(("", 0L), (open.LateMonth, open.Months.Sum(month => month.LateRecords)));
        await _metering.Get<ClosePeriod>().RunAsync(new ClosePeriodRequest { Period = "2026-05", TimeZone = "Europe/Berlin", IdempotencyKey = "close" }, "key_finance", Cancel);

        var preview = (await ImportAsync(request)).Corrections;

        Assert.Equal("2026-06", preview.LateMonth);
        Assert.Equal([("2026-04", 1L, 1L), ("2026-05", 1L, 1L), ("2026-06", 2L, 0L)], preview.Months.Select(month => (month.Month, month.Records, month.LateRecords)));
        (request.Corrections, request.Apply, request.IdempotencyKey) = (false, true, "apply");
        await ImportAsync(request);
        Assert.Equal(4, await RepriceAsync());
        var june = (await _metering.Get<ListPeriods>().RunAsync(Cancel)).Periods.Single(period => period.Name == preview.LateMonth);
        Assert.Equal(preview.Months.Sum(month => month.LateDifferenceNanos), june.LateCostNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Preview_refuses_what_setting_the_price_would_refuse()
    {
        var request = new ImportPricesRequest { Prices = { Row("gpt-4o-mini", 1, "2026-05-15T00:00Z") }, Corrections = true };
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => ImportAsync(request));
        Assert.Equal(Reasons.PriceInThePast, RpcErrors.ReasonOf(error));
    }

    [Fact(Timeout = 300_000)]
    public async Task Version_says_who_set_it_and_when()
    {
        var row = await SetAsync(Row("gpt-4o-mini", 1));
        var book = await _metering.Get<PriceStore>().ReadBookAsync(Cancel);

        Assert.Equal(("key_test", Start), (row.SetBy, row.RecordedAt.ToDateTimeOffset()));
        Assert.Equal(("key_test", Start), (book.ById(row.PriceId)!.SetBy, book.ById(row.PriceId)!.RecordedAt));
        Assert.Contains(book.Versions, version => version.SetBy.Length == 0);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Task<PriceRow> SetAsync(PriceRow row) =>
        _metering.Get<SetPrice>().RunAsync(new SetPriceRequest { Price = row, IdempotencyKey = Guid.CreateVersion7().ToString() }, "key_test", Cancel);

    private Task<ImportPricesResponse> ImportAsync(ImportPricesRequest request) => _metering.Get<ImportPrices>().RunAsync(request, "key_test", Cancel);

    internal static ImportPricesRequest Applied(ImportPricesRequest request)
    {
        (request.Corrections, request.Apply, request.IdempotencyKey) = (false, true, Guid.CreateVersion7().ToString());
        return request;
    }

    private Task<int> RepriceAsync() => _metering.Get<RepriceUsage>().RunAsync(Cancel);

    private async Task<long> CostAsync() => (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos;

    /// <summary>Of one event, at so many dollars a million tokens.</summary>
    private static long CostAt(long dollars) => dollars * 1_500 * Money.NanosPerUnit / 1_000_000;

    private Task<ImportPricesResponse> ImportAsync(PriceRow row) => ImportAsync(new ImportPricesRequest { Prices = { row } });

    private static (PriceChangeKind, bool) Shown(ImportPricesResponse answer) => (Assert.Single(answer.Changes).Kind, answer.Changes[0].Suspicious);

    private async Task RecordAsync(params (string Id, string At, string Model)[] events) =>
        await _metering.RecordAsync([.. events.Select(one => Events.New(one.Id, Spend.At(one.At), usage => usage.ModelServed = one.Model))]);

    private Task<string> StateAsync() => _metering.ScalarAsync<string>(
        "SELECT (SELECT count(*) FROM price) || ' ' || (SELECT count(*) FROM price_alias) || ' ' || (SELECT count(*) FROM usage_record) || ' ' || (SELECT count(*) FROM repricing) || ' ' || (SELECT revision FROM price_book)");

    internal static PriceAlias Alias(string name, string model) => new() { Provider = "openai", Alias = name, Model = model, Source = "test" };

    private static PriceRow Keeping(PriceRow row)
    {
        row.KeepContextTiers = true;
        return row;
    }

    internal static PriceRow Tiered(PriceRow row)
    {
        var rate = row.InputPerMillion * 2;
        row.ContextTiers.Add(new PriceContextTier
        {
            AboveInputTokens = 200_000, InputPerMillion = rate, CachedInputPerMillion = rate, CacheWritePerMillion = rate, CacheWrite1HPerMillion = rate, OutputPerMillion = rate, ReasoningPerMillion = rate,
        });
        return row;
    }

    internal static PriceRow Row(string model, long dollars, string? from = null) => Row(model, dollars * Money.NanosPerUnit, dollars * Money.NanosPerUnit, from);

    private static PriceRow Row(string model, long input, long output, string? from) => new()
    {
        Provider = "openai", Model = model, Currency = "USD", InputPerMillion = input, CachedInputPerMillion = input, CacheWritePerMillion = input, CacheWrite1HPerMillion = input,
        OutputPerMillion = output, ReasoningPerMillion = output, Source = "test", EffectiveFrom = from is null ? null : Spend.At(from).ToTimestampUtc(),
    };

    private static PriceRow Read(string text)
    {
        var words = text.Split(' ');
        long Nanos(string word) => (long)(decimal.Parse(word, System.Globalization.CultureInfo.InvariantCulture) * Money.NanosPerUnit);
        var row = Row("m", Nanos(words[0]), Nanos(words[1]), null);
        (row.PerRequest, row.DiscountPpm) = (Nanos(words[2]), int.Parse(words[3], System.Globalization.CultureInfo.InvariantCulture) * 10_000);
        if (words[4] != "-")
        {
            var input = Nanos(words[4]);
            row.ContextTiers.Add(new PriceContextTier
            {
                AboveInputTokens = 200_000, InputPerMillion = input, CachedInputPerMillion = input, CacheWritePerMillion = input, CacheWrite1HPerMillion = input,
                OutputPerMillion = row.OutputPerMillion, ReasoningPerMillion = row.ReasoningPerMillion,
            });
        }

        return row;
    }
}
