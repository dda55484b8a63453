using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;
using Platform.Testing;

namespace Platform.Metering.Tests;

/// <summary>A record whose corrections by a price cannot be written holds no other up (docs/decisions/0113).</summary>
public sealed class RepricingApartTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start);
    private readonly KeptLog _log = new();
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time, configure: services => services.AddLogging(logs => logs.AddProvider(_log)));

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Opposite_corrections_on_several_days_at_a_slip_in_a_price_keep_their_record_back_and_no_other()
    {
        await SetAsync(1_000, from: null, "first");
        _time.Advance(TimeSpan.FromMinutes(30));
        var sent = _time.GetUtcNow();
        await _metering.RecordAsync(OwnModel("before", sent.AddMinutes(-1)), OwnModel("after", sent.AddMinutes(1)));
        var huge = (await _metering.RecordAsync(OwnModel("huge", sent))).Results[0].RecordId;
        _time.Advance(TimeSpan.FromDays(3));

        // Twice as much as fits, each time taken back on the day behind: at ten million units each a day's sum would leave 64 bits, though all of them together are nothing.
        foreach (var round in new[] { 1, 2 })
        {
            await CorrectAsync(huge, $"more-{round}", sent.AddDays(1), 1_000_000_000_000);
            await CorrectAsync(huge, $"less-{round}", sent.AddDays(2), -1_000_000_000_000);
        }

        await SetAsync(10 * Money.NanosPerUnit, sent.AddMinutes(-5), "slip");
        Assert.Equal(2, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        Assert.Equal((2 * 10_000_000) + 1, await TotalAsync());
        Assert.Equal(0L, await _metering.ScalarAsync<long>("SELECT count(*) FROM repricing WHERE ended_at IS NULL"));
        Assert.Contains($"the first is {huge}.", Assert.Single(_log.Lines, line => line.StartsWith("1 records keep the cost", StringComparison.Ordinal)), StringComparison.Ordinal);
        var alert = Assert.Single((await _metering.Get<ListAlerts>().RunAsync(new ListAlertsRequest { Kind = AlertKind.UsageNotRepriced }, Cancel)).Alerts);
        Assert.Equal(("openai/own-model", huge), (alert.Subject, alert.Figures.Single(figure => figure.Name == "record").Value));
        Assert.Contains("set the right one, retroactively", alert.Summary, StringComparison.Ordinal);

        await SetAsync(2_000, sent.AddMinutes(-4), "right");
        Assert.Equal(3 + (4 * 470), await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        Assert.Equal(3 * 2, await TotalAsync());
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Each_record_that_its_sums_cannot_take_is_left_out_of_a_batch_by_name()
    {
        await SetAsync(1_000, from: null, "first");
        _time.Advance(TimeSpan.FromHours(2));
        var sent = _time.GetUtcNow().AddHours(-1);
        await _metering.RecordAsync([.. Enumerable.Range(0, 9).Select(number => OwnModel($"call-{number}", sent.AddMinutes(number), number is 2 or 7 ? "ada" : ""))]);
        await _metering.ScalarAsync<long>("WITH row AS (UPDATE usage_rollup SET cost_nanos = 9223372036854775807 WHERE user_id = 'ada' RETURNING 1) SELECT count(*) FROM row");

        await SetAsync(2_000, sent.AddMinutes(-5), "late");
        Assert.Equal(7, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        Assert.Equal(2, _log.Lines.Count(line => line.StartsWith("1 records keep the cost", StringComparison.Ordinal)));
        Assert.Equal(7L, await _metering.ScalarAsync<long>($"SELECT count(*) FROM usage_record WHERE source = '{RepriceUsage.Source}' AND user_id = ''"));
        Assert.Equal(0, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
    }

    private async Task CorrectAsync(string recordId, string name, DateTimeOffset at, long tokens) => Assert.All(
        (await _metering.RecordAsync([.. Enumerable.Range(0, 470).Select(number => new UsageEvent
        {
            Source = "finance", EventId = $"{name}-{number}", CorrectsRecordId = recordId, OccurredAt = at.AddSeconds(number).ToTimestampUtc(), Tokens = new Tokens { Input = tokens },
        })])).Results,
        result => Assert.Equal(RecordOutcome.Accepted, result.Outcome));

    private async Task<long> TotalAsync() => (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos;

    /// <summary>A call of 1,000 tokens.</summary>
    private static UsageEvent OwnModel(string id, DateTimeOffset at, string userId = "") =>
        Events.New(id, at, usage => (usage.ModelServed, usage.Tokens, usage.UserId) = ("own-model", new Tokens { Input = 1_000 }, userId));

    private Task<PriceRow> SetAsync(long perMillion, DateTimeOffset? from, string key) => _metering.Get<SetPrice>().RunAsync(
        new SetPriceRequest { Price = PriceRows.New("own-model", perMillion, perMillion, from), Retroactive = from is not null, IdempotencyKey = key }, "key_test", Cancel);
}
