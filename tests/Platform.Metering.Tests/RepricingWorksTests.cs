using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;

namespace Platform.Metering.Tests;

/// <summary>How many works are owed for usage of before its model's first price, and that none misses what is told while it is taken up.</summary>
public sealed class RepricingWorksTests : IAsyncLifetime
{
    private const string Model = "vendor";

    private static readonly DateTimeOffset Start = new(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start);
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _metering = await MeteringFixture.CreateAsync(_time);
        await _metering.Get<SetPrice>().RunAsync(
            new SetPriceRequest { Price = PriceRows.New(Model, 1_000_000_000, 1_000_000_000, Start.AddDays(31)), IdempotencyKey = "price" }, "key_test", Cancel);
        await RepriceAsync();
    }

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Groups_in_no_order_of_time_owe_one_work_until_it_begins()
    {
        foreach (var group in Enumerable.Range(0, 12))
        {
            await TellAsync(group, days: [group * 5 % 12, 60 - (group * 7 % 12), 30]);
        }

        Assert.Equal(1, await WaitingAsync());
        Assert.Equal(36, await RepriceAsync());
        await RequireAllAsync(36);

        // It has ended: what is told now is another one's.
        await TellAsync(12, days: [20]);
        Assert.Equal((1, 1), (await WaitingAsync(), await RepriceAsync()));
        await RequireAllAsync(37);
    }

    [Fact(Timeout = 300_000)]
    public async Task Work_under_way_of_a_version_before_begins_again_and_what_has_ended_stays()
    {
        const string version43 = """
            UPDATE repricing SET ended_at = now();
            INSERT INTO repricing (price_id, occurred_from, occurred_to, done_until, done_record, corrections, recorded_at, ended_at)
            SELECT (SELECT min(price_id) FROM price), '2026-06-01Z', '2026-06-02Z', '2026-06-01 12:00Z', gen_random_uuid(), 7, '2026-06-03Z', ended FROM (VALUES (NULL::timestamptz), ('2026-06-04Z')) AS work (ended);
            """;
        await using var old = await MeteringFixture.CreateAsync(old: version43, upTo: 43);
        Assert.Equal(
            "begins 7|stays 7",
            await old.ScalarAsync<string>("SELECT string_agg(CASE WHEN ended_at IS NULL AND done_until IS NULL AND done_record IS NULL THEN 'begins ' ELSE 'stays ' END || corrections, '|' ORDER BY repricing_id) FROM repricing WHERE corrections = 7"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Times_far_apart_are_works_of_their_own_so_that_what_lies_between_is_not_looked_at()
    {
        await TellAsync(0, days: [100]);
        await TellAsync(1, days: [1]);
        await TellAsync(2, days: [99]);
        await TellAsync(3, days: [2]);
        Assert.Equal((2, 4), (await WaitingAsync(), await RepriceAsync()));
        await RequireAllAsync(4);
    }

    [Fact(Timeout = 300_000)]
    public async Task Work_that_is_begun_in_this_moment_is_not_waited_for_and_not_widened()
    {
        await TellAsync(0, days: [10]);
        await using (var connection = await _metering.Database.OpenConnectionAsync(Cancel))
        await using (var begun = await connection.BeginTransactionAsync(Cancel))
        {
            var work = await RepricingStore.LockNextAsync(begun, Cancel);
            await TellAsync(1, days: [10]);
            await RepricingStore.AdvanceAsync(begun, work!, 0, Start, Cancel);
            await begun.CommitAsync(Cancel);
        }

        // The first one was ended here without a correction: its record is the other's too.
        Assert.Equal((1, 2), (await WaitingAsync(), await RepriceAsync()));
        await RequireAllAsync(2);
    }

    [Fact(Timeout = 300_000)]
    public async Task Work_that_is_widened_in_this_moment_is_taken_up_with_what_is_told_then()
    {
        await TellAsync(0, days: [10]);
        Task told;
        Task<int> repriced;
        await using (var held = await HeldTable.HoldAsync(_metering, "usage_rollup"))
        {
            // Its records are stored and its work is widened; it waits before its commit.
            told = TellAsync(1, days: [11]);
            await held.WritersAsync(1);
            repriced = RepriceAsync();
            await held.RowsAsync();
        }

        await told;
        Assert.Equal((2, 0), (await repriced, await WaitingAsync()));
        await RequireAllAsync(2);
    }

    [Fact(Timeout = 600_000)]
    public async Task Whatever_is_told_while_works_are_taken_up_has_its_price_in_the_end()
    {
        var telling = Enumerable.Range(0, 4).Select(teller => Task.Run(
            async () =>
            {
                foreach (var group in Enumerable.Range(teller * 15, 15))
                {
                    await TellAsync(group, days: [group % 9, 40 - (group % 7)]);
                }
            }, Cancel)).ToList();
        var all = Task.WhenAll(telling);
        var corrections = 0;
        while (!all.IsCompleted)
        {
            corrections += await RepriceAsync();
        }

        await all;
        Assert.Equal(120, corrections + await RepriceAsync());
        await RequireAllAsync(120);
    }

    /// <param name="days">How many before the start each record of the group was sent.</param>
    private async Task TellAsync(int group, int[] days) => Assert.All(
        (await _metering.RecordAsync([.. days.Select((day, number) => Events.New($"{group}-{number}", Start.AddDays(-day), usage => usage.ModelServed = Model))])).Results,
        result => Assert.Equal(RecordOutcome.AcceptedUnpriced, result.Outcome));

    private Task<int> RepriceAsync() => _metering.Get<RepriceUsage>().RunAsync(Cancel);

    private Task<long> WaitingAsync() => _metering.ScalarAsync<long>("SELECT count(*) FROM repricing WHERE ended_at IS NULL");

    private async Task RequireAllAsync(int records)
    {
        var total = (await _metering.QueryAsync(new QuerySpendRequest { From = Start.AddDays(-120).ToTimestampUtc() })).Total;
        Assert.Equal((records * 1_500_000L, 0), (total.CostNanos, total.UnpricedCalls));
    }
}
