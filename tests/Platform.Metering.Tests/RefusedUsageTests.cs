using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Queries;
using Platform.Metering.Repricing;
using Platform.Metering.Waste;

namespace Platform.Metering.Tests;

/// <summary>What a provider refused costs nothing, at a model with a price per request too. A token costs a thousand nanos, a request five thousand.</summary>
public sealed class RefusedUsageTests : IAsyncLifetime
{
    private const long Fee = 5_000;
    private static readonly DateTimeOffset Start = new(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start.AddDays(2));
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Theory]
    [InlineData(Outcome.Failed, 0, 0, 0)]
    [InlineData(Outcome.Failed, 0, 30, 0)]
    [InlineData(Outcome.Failed, 1, 0, 1)]
    [InlineData(Outcome.Failed, 1, 30, 30)]
    [InlineData(Outcome.Succeeded, 0, 0, 1)]
    [InlineData(Outcome.ClientClosed, 0, 0, 1)]
    [InlineData(Outcome.Interrupted, 0, 0, 1)]
    public void Fee_is_due_for_each_request_that_was_not_refused(Outcome outcome, long output, long requests, long billed) =>
        Assert.Equal(billed, UsageCalls.BilledOf(new UsageEvent { Outcome = outcome, Requests = requests, Tokens = new Tokens { Output = output } }));

    [Fact(Timeout = 300_000)]
    public async Task Refused_attempt_costs_nothing_in_records_wallet_sums_and_waste()
    {
        await SetAsync("first");
        await _metering.RecordAsync(
            Refused("leased"), Refused("external", usage => usage.Funding = Funding.External), Refused("used", usage => usage.Tokens = new Tokens { Input = 2 }),
            Refused("empty", usage => usage.Outcome = Outcome.Succeeded), Refused("cut", usage => usage.Outcome = Outcome.Interrupted));
        Assert.Equal(
            ["cut 5000", "empty 5000", "external 0", "leased 0", "used 7000"],
            (await _metering.StreamAsync()).Select(record => $"{record.Event.EventId} {record.Cost.TotalNanos}").Order());
        Assert.Equal([0, 0, Fee, Fee, Fee + 2_000], (await _metering.OwedAsync()).SelectMany(message => message.Items).Select(item => item.CostNanos).Order());

        // Refused calls are calls all the same.
        Assert.Equal(((3 * Fee) + 2_000, 5), await TotalAsync());
        var failed = Assert.Single((await _metering.Get<GetWaste>().RunAsync(new GetWasteRequest(), Cancel)).Signals, signal => signal.Kind == WasteKind.Failed);
        Assert.Equal((4, (2 * Fee) + 2_000), (failed.Calls, failed.CostNanos));
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Refused_attempt_costs_nothing_at_a_price_that_arrives_later_or_is_changed_for_the_past()
    {
        await _metering.RecordAsync(Refused("waits"), Refused("used", usage => usage.Tokens = new Tokens { Input = 2 }));
        await SetAsync("first");
        Assert.Equal(2, await RepriceAsync());
        Assert.Equal((Fee + 2_000, 2), await TotalAsync());

        await SetAsync("changed", fee: 2 * Fee);
        Assert.Equal(1, await RepriceAsync());
        Assert.Equal(((2 * Fee) + 2_000, 2), await TotalAsync());
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Fee_that_was_charged_for_a_refusal_before_is_given_back_by_the_next_price_for_its_time_and_once()
    {
        await SetAsync("first");
        var ids = (await _metering.RecordAsync(Refused("kept"), Refused("taken back"))).Results.Select(result => result.RecordId).ToArray();
        await ChargeFeeAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(-Fee, (await TakeBackAsync(ids[1], new Tokens())).CostNanos);

        await SetAsync("changed", fee: 2 * Fee);
        Assert.Equal(3, await RepriceAsync());
        Assert.Equal((0, 0), (await NetAsync(ids[0]), await NetAsync(ids[1])));
    }

    [Fact(Timeout = 300_000)]
    public async Task Failed_request_whose_tokens_were_taken_back_before_it_leaves_nothing_at_another_fee()
    {
        await SetAsync("first");
        var id = (await _metering.RecordAsync(Refused("used", usage => usage.Tokens = new Tokens { Input = 2 }))).Results[0].RecordId;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(-2_000, (await TakeBackAsync(id, new Tokens { Input = -2 }, requests: 0)).CostNanos);
        Assert.Equal(-Fee, (await TakeBackAsync(id, new Tokens())).CostNanos);

        await SetAsync("changed", fee: 2 * Fee);
        Assert.Equal(2, await RepriceAsync());
        Assert.Equal((0, 0), await TotalAsync());
        await RollupCheck.AssertEqualAsync(_metering);
    }

    private static UsageEvent Refused(string eventId, Action<UsageEvent>? with = null) => Events.New(eventId, Start, usage =>
    {
        (usage.ModelServed, usage.Outcome, usage.Tokens) = ("own-model", Outcome.Failed, new Tokens());
        with?.Invoke(usage);
    });

    /// <summary>As records were rated before refusals were free.</summary>
    private async Task ChargeFeeAsync()
    {
        await using var command = _metering.Get<NpgsqlDataSource>().CreateCommand("UPDATE usage_record SET (request_nanos, cost_nanos) = ($1, $1) WHERE outcome = 4");
        command.Parameters.AddWithValue(Fee);
        Assert.Equal(2, await command.ExecuteNonQueryAsync(Cancel));
    }

    private async Task<RecordResult> TakeBackAsync(string recordId, Tokens tokens, long requests = -1)
    {
        var correction = new UsageEvent { Source = "finance", EventId = $"{Guid.CreateVersion7()}", CorrectsRecordId = recordId, Tokens = tokens, Requests = requests };
        var result = (await _metering.RecordAsync(correction)).Results[0];
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(RecordOutcome.Accepted, result.Outcome);
        return result;
    }

    /// <summary>With all corrections, those of corrections too.</summary>
    private async Task<long> NetAsync(string recordId) => (await _metering.Get<GetUsage>().RunAsync(new GetUsageRequest { Id = recordId }, Cancel)).NetCost.TotalNanos;

    private async Task<(long Cost, long Calls)> TotalAsync()
    {
        var total = (await _metering.QueryAsync(new QuerySpendRequest())).Total;
        return (total.CostNanos, total.Calls);
    }

    private Task<int> RepriceAsync() => _metering.Get<RepriceUsage>().RunAsync(Cancel);

    private Task<PriceRow> SetAsync(string key, long fee = Fee)
    {
        var price = PriceRows.New("own-model", 1_000_000_000, 1_000_000_000, Start.AddDays(-1));
        price.PerRequest = fee;
        return _metering.Get<SetPrice>().RunAsync(new SetPriceRequest { Price = price, Retroactive = true, IdempotencyKey = key }, "key_test", Cancel);
    }
}
