using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;
using Platform.Metering.Tests.Imports;

namespace Platform.Metering.Tests;

/// <summary>A price that was mistyped is set again from its own moment: the later one stands, and what the former rated is corrected.</summary>
public sealed class SupersededPriceTests : IAsyncLifetime
{
    private static readonly DateTimeOffset June = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(June.AddDays(9));
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task What_was_used_at_the_very_moment_costs_the_later_price_in_the_book_and_in_the_ledger()
    {
        await RecordAsync(Bucket("june", June), Bucket("may", June.AddTicks(-TimeSpan.TicksPerMicrosecond)));
        var typo = await SetAsync(Row(25_000, June));
        await RepriceAsync();
        _time.Advance(TimeSpan.FromMinutes(1));
        var right = await SetAsync(Row(2_500, June));
        await RepriceAsync();

        // 1,000 of input and 500 of output, at 2.50 a million; in May at the starter book's 0.15 and 0.60.
        Assert.Equal((3_750_000, 450_000), (await CostAsync("june"), await CostAsync("may")));
        Assert.Equal(4_200_000, await LedgerAsync());
        Assert.Equal((4_200_000, 2, 0), await TotalAsync());
        Assert.Equal(0, await RepriceAsync());

        // Imported again, it is rated right at once.
        await RecordAsync(Bucket("again", June));
        Assert.Equal(3_750_000, await CostAsync("again"));

        var book = await _metering.Get<PriceStore>().ReadBookAsync(Cancel);
        Assert.Equal((June, (DateTimeOffset?)June), (book.ById(typo.PriceId)!.EffectiveFrom, book.ById(typo.PriceId)!.EffectiveTo));
        Assert.Equal([right.PriceId], book.InForceAt(June).Where(version => version.Price.Model == "gpt-4o-mini" && version.Price.Tier == "standard").Select(version => version.Price.PriceId));
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Attempt_whose_intent_has_the_superseded_price_keeps_it_and_is_corrected()
    {
        var typo = await SetAsync(Row(25_000, June));
        await RepriceAsync();
        _time.Advance(TimeSpan.FromMinutes(1));
        await SetAsync(Row(2_500, June));
        await RepriceAsync();

        // A gateway that was cut off tells of it only now.
        await RecordAsync(Bucket("late", June.AddDays(1), usage => usage.PriceId = typo.PriceId), Bucket("after", _time.GetUtcNow(), usage => usage.PriceId = typo.PriceId));
        Assert.Equal(37_500_000, await CostAsync("late"));
        Assert.Equal(1, await RepriceAsync());
        Assert.Equal((3_750_000, 37_500_000), (await CostAsync("late"), await CostAsync("after")));
        Assert.Equal(typo.PriceId, (await _metering.StreamAsync()).Single(record => record.Event.EventId == "late").Event.PriceId);
    }

    [Fact(Timeout = 300_000)]
    public async Task First_price_of_a_model_is_superseded_with_all_that_it_has_rated()
    {
        await RecordAsync(Bucket("before", June.AddDays(-9), New), Bucket("at", June, New));
        await SetAsync(Row(25_000, June, "new-model"));
        await RepriceAsync();
        Assert.Equal(75_000_000, await LedgerAsync());

        await SetAsync(Row(2_500, June, "new-model"));
        await RepriceAsync();
        Assert.Equal((3_750_000, 3_750_000), (await CostAsync("before"), await CostAsync("at")));
        Assert.Equal((7_500_000, 7_500_000L, 0L), (await LedgerAsync(), (await TotalAsync()).Cost, (await TotalAsync()).Unpriced));
        await RollupCheck.AssertEqualAsync(_metering);

        static void New(UsageEvent usage) => usage.ModelServed = "new-model";
    }

    [Fact(Timeout = 300_000)]
    public async Task Import_that_was_taken_back_between_the_two_leaves_nothing()
    {
        ImportRow[] rows = [ImportSteps.Row("at", row => row.OccurredAt = June.ToTimestampUtc()), ImportSteps.Row("before", row => row.Model = "new-model")];
        var import = await _metering.ImportAsync(ImportSteps.Settings("team_support"), rows);
        foreach (var (model, begins) in new[] { ("gpt-4o-mini", June), ("new-model", June.AddDays(5)) })
        {
            await SetAsync(Row(25_000, begins, model));
            await RepriceAsync();
        }

        Assert.Equal((75_000_000, 2, 0), await TotalAsync());
        await _metering.UndoAsync(import);
        await SetAsync(Row(2_500, June));
        await SetAsync(Row(2_500, June.AddDays(5), "new-model"));
        await RepriceAsync();
        Assert.Equal((0, 0, 0), await TotalAsync());
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Price_that_is_still_to_come_is_superseded_before_it_begins_and_owes_nothing()
    {
        await RecordAsync(Bucket("now", _time.GetUtcNow()));
        var typo = await SetAsync(Row(25_000, June.AddMonths(1)), retroactive: false);
        var later = await SetAsync(Row(9_000, June.AddMonths(2)), retroactive: false);
        var right = await SetAsync(Row(2_500, June.AddMonths(1)), retroactive: false);
        Assert.Equal((later.EffectiveFrom, 0), (right.EffectiveTo, await RepriceAsync()));
        Assert.NotEqual(typo.PriceId, right.PriceId);

        _time.SetUtcNow(June.AddMonths(1));
        await RecordAsync(Bucket("july", _time.GetUtcNow()));
        Assert.Equal((450_000, 3_750_000), (await CostAsync("now"), await CostAsync("july")));
    }

    [Fact(Timeout = 300_000)]
    public async Task Same_price_from_the_same_moment_is_refused_and_a_list_that_has_it_changes_nothing()
    {
        await SetAsync(Row(2_500, June));
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => SetAsync(Row(2_500, June)));
        Assert.Equal(Reasons.PriceExists, RpcErrors.ReasonOf(error));

        var answer = await ImportAsync(Row(2_500, June));
        Assert.Equal(PriceChangeKind.Unchanged, Assert.Single(answer.Changes).Kind);
        Assert.Equal(1, await CountAsync());

        // One that says another figure supersedes, and its preview says what that corrects.
        await RecordAsync(Bucket("june", June));
        var dry = await ImportAsync(Row(5_000, June), apply: false);
        Assert.Equal((1, 3_750_000), (dry.Corrections.Records, dry.Corrections.DifferenceNanos));
        Assert.Equal(1, await CountAsync());
        await ImportAsync(Row(5_000, June));
        await RepriceAsync();
        Assert.Equal((2, 7_500_000), (await CountAsync(), await CostAsync("june")));
    }

    [Fact(Timeout = 300_000)]
    public async Task Of_many_that_are_set_at_once_from_one_moment_the_last_stands_alone()
    {
        await RecordAsync(Bucket("june", June));
        var rows = await Task.WhenAll(Enumerable.Range(1, 8).Select(number => SetAsync(Row(number * 1_000, June))));
        await RepriceAsync();

        var last = rows.MaxBy(row => row.PriceId)!;
        Assert.Equal(1, await _metering.ScalarAsync<long>($"SELECT count(*) FROM price WHERE model = 'gpt-4o-mini' AND tier = 'standard' AND effective_from = '{June:O}' AND effective_to IS NULL AND price_id = {last.PriceId}"));
        Assert.Equal(8, await CountAsync());
        Assert.Equal(last.InputPerMillion * 1_500 / 1_000_000, await CostAsync("june"));
        await RollupCheck.AssertEqualAsync(_metering);
    }

    private static UsageEvent Bucket(string eventId, DateTimeOffset at, Action<UsageEvent>? with = null) => Events.New(eventId, at, with);

    private async Task RecordAsync(params IReadOnlyList<UsageEvent> events) =>
        Assert.All((await _metering.RecordAsync(events)).Results, result => Assert.True(result.Outcome >= RecordOutcome.AcceptedUnpriced, result.Message));

    /// <summary>Of a record with its corrections.</summary>
    private async Task<long> CostAsync(string eventId)
    {
        // What a reader has closed takes no more records.
        _time.Advance(TimeSpan.FromSeconds(1));
        var records = await _metering.StreamAsync();
        var record = records.Single(candidate => candidate.Event.EventId == eventId);
        return records.Where(candidate => candidate == record || candidate.Event.CorrectsRecordId == record.RecordId).Sum(candidate => candidate.Cost?.TotalNanos ?? 0);
    }

    /// <summary>What Wallet is told.</summary>
    private async Task<long> LedgerAsync() => (await _metering.OwedAsync()).SelectMany(message => message.Items).Sum(item => item.CostNanos ?? 0);

    private async Task<(long Cost, long Calls, long Unpriced)> TotalAsync()
    {
        var total = (await _metering.QueryAsync(new QuerySpendRequest { From = June.AddMonths(-2).ToTimestampUtc() })).Total;
        return (total.CostNanos, total.Calls, total.UnpricedCalls);
    }

    private Task<long> CountAsync() => _metering.ScalarAsync<long>($"SELECT count(*) FROM price WHERE model = 'gpt-4o-mini' AND tier = 'standard' AND effective_from = '{June:O}'");

    private Task<int> RepriceAsync() => _metering.Get<RepriceUsage>().RunAsync(Cancel);

    private Task<PriceRow> SetAsync(PriceRow row, bool retroactive = true) => _metering.Get<SetPrice>().RunAsync(
        new SetPriceRequest { Price = row, IdempotencyKey = Guid.CreateVersion7().ToString(), Retroactive = retroactive }, "key_test", Cancel);

    private Task<ImportPricesResponse> ImportAsync(PriceRow row, bool apply = true) => _metering.Get<ImportPrices>().RunAsync(
        new ImportPricesRequest { Prices = { row }, Apply = apply, Retroactive = true, Corrections = !apply, IdempotencyKey = apply ? Guid.CreateVersion7().ToString() : "" }, "key_test", Cancel);

    /// <param name="thousandths">Of a dollar, per million tokens of every kind.</param>
    private static PriceRow Row(long thousandths, DateTimeOffset from, string model = "gpt-4o-mini") =>
        PriceRows.New(model, thousandths * Money.NanosPerUnit / 1_000, thousandths * Money.NanosPerUnit / 1_000, from);
}
