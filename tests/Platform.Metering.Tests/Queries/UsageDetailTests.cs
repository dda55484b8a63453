using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Queries;
using Platform.Metering.Repricing;

namespace Platform.Metering.Tests.Queries;

public sealed class UsageDetailTests : IAsyncLifetime
{
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync();

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Record_is_found_by_its_attempt_and_its_call_with_all_attempts()
    {
        var (call, first, second) = (Guid.CreateVersion7().ToString(), Guid.CreateVersion7().ToString(), Guid.CreateVersion7().ToString());
        await _metering.RecordAsync(
            Events.New("first", with: usage => (usage.AttemptId, usage.CallId, usage.Outcome) = (first, call, Outcome.Failed)),
            Events.New("second", with: usage => (usage.AttemptId, usage.CallId, usage.AttemptNumber, usage.RetryOf) = (second, call, 2, first)));

        var byCall = await GetAsync(call);
        Assert.Equal(second, byCall.Record.Event.AttemptId);
        Assert.Equal([first, second], byCall.Attempts.Select(attempt => attempt.Event.AttemptId));
        Assert.Equal(byCall.Attempts, (await GetAsync(first)).Attempts);
        Assert.Equal(first, (await GetAsync(first)).Record.Event.AttemptId);
        Assert.Equal(byCall, await GetAsync(byCall.Record.RecordId));
    }

    [Theory(Timeout = 300_000)]
    [InlineData(1)]
    [InlineData(0)]
    public async Task Range_without_anything_in_it_is_refused_and_no_empty_list(int hours)
    {
        var to = new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => _metering.Get<ListUsage>().RunAsync(
            new ListUsageRequest { From = to.AddHours(hours).ToTimestampUtc(), To = to.ToTimestampUtc() }, TestContext.Current.CancellationToken));

        Assert.Equal((Reasons.InvalidArgument, "from must lie before to."), (RpcErrors.ReasonOf(error), error.Status.Detail));
    }

    [Fact(Timeout = 300_000)]
    public async Task Record_comes_with_its_price_its_corrections_and_what_remains()
    {
        var record = (await _metering.RecordAsync(Events.New("one"))).Results[0];
        await _metering.RecordAsync(Events.New("less", with: usage =>
            (usage.CorrectsRecordId, usage.Tokens) = (record.RecordId, new Tokens { Output = -100 })));
        var detail = await GetAsync(record.RecordId);

        Assert.Equal(detail.Record.Event.PriceId, detail.Price.PriceId);
        Assert.Equal(-60_000, Assert.Single(detail.Corrections).Cost.TotalNanos);
        Assert.Equal((390_000, 240_000), (detail.NetCost.TotalNanos, detail.NetCost.OutputNanos));
        Assert.Equal((1, 400), (detail.CorrectionCount, detail.NetTokens.Output));
        Assert.Equal(detail.Record, Assert.Single(detail.Attempts));
    }

    [Fact(Timeout = 300_000)]
    public async Task What_remains_has_what_a_late_price_corrected_in_a_correction_as_spend_has()
    {
        var record = (await _metering.RecordAsync(Events.New("one", with: usage => usage.Tokens = new Tokens { Input = 1_000 }))).Results[0];
        await _metering.RecordAsync(Events.New("less", with: usage =>
            (usage.CorrectsRecordId, usage.Tokens) = (record.RecordId, new Tokens { Input = -400 })));
        await _metering.Get<SetPrice>().RunAsync(
            new SetPriceRequest
            {
                Price = new PriceRow
                {
                    Provider = "openai", Model = "gpt-4o-mini", Currency = "USD", InputPerMillion = 300_000_000, CachedInputPerMillion = 1, CacheWritePerMillion = 1,
                    OutputPerMillion = 1, ReasoningPerMillion = 1, EffectiveFrom = new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero).ToTimestampUtc(), Source = "test",
                },
                Retroactive = true, IdempotencyKey = "double",
            }, "key_test", TestContext.Current.CancellationToken);
        await _metering.Get<RepriceUsage>().RunAsync(TestContext.Current.CancellationToken);
        var detail = await GetAsync(record.RecordId);

        // 1,000 and -400 tokens at 0.15 a million, and as much again for each.
        Assert.Equal([-60_000, -60_000, 150_000], detail.Corrections.Select(correction => correction.Cost.TotalNanos).Order());
        Assert.Equal((3, 180_000, 180_000, 600), (detail.CorrectionCount, detail.NetCost.TotalNanos, detail.NetCost.InputNanos, detail.NetTokens.Input));
        Assert.Equal((await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos, detail.NetCost.TotalNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task What_remains_counts_the_corrections_that_are_not_listed()
    {
        var record = (await _metering.RecordAsync(Events.New("one"))).Results[0];
        await _metering.RecordAsync([.. Enumerable.Range(0, 130).Select(number => Events.New($"less-{number}", with: usage =>
            (usage.CorrectsRecordId, usage.Tokens) = (record.RecordId, new Tokens { Output = -1 })))]);
        var detail = await GetAsync(record.RecordId);

        // 500 tokens of output at 0.60 a million.
        Assert.Equal((100, 130, 370), (detail.Corrections.Count, detail.CorrectionCount, detail.NetTokens.Output));
        Assert.Equal(150_000 + (370 * 600), detail.NetCost.TotalNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Record_without_a_price_says_so()
    {
        var record = (await _metering.RecordAsync(Events.New("one", with: usage => usage.ModelServed = "unknown-model"))).Results[0];
        var detail = await GetAsync(record.RecordId);

        Assert.Null(detail.Price);
        Assert.Null(detail.NetCost);
    }

    [Theory(Timeout = 300_000)]
    [InlineData("nonsense", Reasons.InvalidArgument)]
    [InlineData("0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10", Reasons.UsageNotFound)]
    public async Task Id_that_is_nowhere_is_refused(string id, string reason)
    {
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => GetAsync(id));
        Assert.Equal(reason, RpcErrors.ReasonOf(error));
    }

    [Fact(Timeout = 300_000)]
    public async Task List_filters_by_several_dimensions_and_tags()
    {
        await _metering.RecordAsync([.. Enumerable.Range(0, 60).Select(number => Tagged(number))]);
        var page = await _metering.Get<ListUsage>().RunAsync(
            new ListUsageRequest
            {
                Filters = { Spend.Only(SpendDimension.Team, "team_search", "team_support"), Spend.Only(SpendDimension.Model, "gpt-4o"), Spend.Only(SpendDimension.Funding, "leased") },
                Tags = { { "feature", "chat" } },
            },
            TestContext.Current.CancellationToken);

        var expected = Enumerable.Range(0, 60).Where(number => number % 3 != 2 && number % 5 == 0 && number % 7 != 0 && number % 2 == 0);
        Assert.Equal(expected.Select(number => $"event-{number}").Reverse(), page.Records.Select(record => record.Event.EventId));
    }

    private Task<UsageDetail> GetAsync(string id) => _metering.Get<GetUsage>().RunAsync(new GetUsageRequest { Id = id }, TestContext.Current.CancellationToken);

    private static UsageEvent Tagged(int number)
    {
        var usage = Events.Varied(number);
        usage.Tags.Add("feature", number % 2 == 0 ? "chat" : "search");
        return usage;
    }
}
