using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Imports;
using Platform.Metering.Periods;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;
using Platform.Metering.Tests.Imports;
using Platform.Testing;
using static Platform.Metering.Tests.Imports.ImportSteps;

namespace Platform.Metering.Tests;

public sealed class PeriodTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(Spend.At("2026-07-10T12:00Z"));
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Late_usage_and_corrections_of_a_closed_month_are_booked_in_the_next()
    {
        var june = (await RecordAsync("one", "2026-06-30T23:59:59Z")).RecordId;
        await RecordAsync("two", "2026-07-01T00:00Z");
        var closed = await CloseAsync("2026-06");
        Assert.Equal((450_000, 1, "key_finance"), (closed.CostNanos, closed.Calls, closed.ClosedBy));

        await RecordAsync("late", "2026-06-15T12:00Z");
        await _metering.RecordAsync(Events.New("less", Spend.At("2026-06-30T23:59:59Z"), usage =>
            (usage.CorrectsRecordId, usage.Tokens) = (june, new Tokens { Output = -100 })));

        Assert.Equal(["2026-06 450000 1", "2026-07 840000 2"], await MonthsAsync(booked: true));
        Assert.Equal(["2026-06 840000 2", "2026-07 450000 1"], await MonthsAsync(booked: false));
        var list = (await _metering.Get<ListPeriods>().RunAsync(TestContext.Current.CancellationToken)).Periods;
        Assert.Equal(["2026-07 Open 840000 390000", "2026-06 Closed 450000 0"], list.Select(period => $"{period.Name} {period.State} {period.CostNanos} {period.LateCostNanos}"));
        var inJune = await _metering.StreamAsync(new StreamUsageRequest
        {
            OccurredFrom = Spend.At("2026-06-01").ToTimestampUtc(), OccurredBefore = Spend.At("2026-07-01").ToTimestampUtc(), ByBooked = true,
        });
        Assert.Equal("one", Assert.Single(inJune).Event.EventId);
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Price_that_comes_after_the_close_books_its_cost_in_the_next_month()
    {
        await _metering.RecordAsync(Events.New("unpriced", Spend.At("2026-06-15T12:00Z"), usage => usage.ModelServed = "new-model"));
        Assert.Equal(1, (await CloseAsync("2026-06")).UnpricedRecords);
        await _metering.Get<SetPrice>().RunAsync(
            new SetPriceRequest
            {
                Price = new PriceRow
                {
                    Provider = "openai", Model = "new-model", Currency = "USD", InputPerMillion = 1_000_000_000, OutputPerMillion = 1_000_000_000,
                    ReasoningPerMillion = 1_000_000_000, EffectiveFrom = Spend.At("2026-06-01").ToTimestampUtc(), Source = "list",
                },
                Retroactive = true, IdempotencyKey = "price",
            }, "key_test",
            TestContext.Current.CancellationToken);
        Assert.Equal(1, await _metering.Get<RepriceUsage>().RunAsync(TestContext.Current.CancellationToken));

        Assert.Equal(["2026-06 0 1", "2026-07 1500000 0"], await MonthsAsync(booked: true));
        Assert.Equal(["2026-06 1500000 1"], await MonthsAsync(booked: false));
        await SummaryCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task What_was_taken_back_waits_for_no_price_and_what_takes_it_back_neither()
    {
        var june = Spend.At("2026-06-15T12:00Z");
        await _metering.RecordAsync(Unpriced("waits"), Unpriced("back"));
        var back = (await _metering.StreamAsync()).Single(record => record.Event.EventId == "back").RecordId;
        await _metering.RecordAsync(Events.New("less", june, usage => (usage.CorrectsRecordId, usage.ModelServed, usage.Tokens) = (back, "new-model", new Tokens { Input = -400 })));
        Assert.Equal(3, await UnpricedAsync());

        await _metering.RecordAsync(Events.New("all", june, usage => (usage.CorrectsRecordId, usage.ModelServed, usage.Requests, usage.Tokens) = (back, "new-model", -1, new Tokens { Input = -600, Output = -500 })));
        Assert.Equal(1, await UnpricedAsync());

        // What is taken back of a month that is closed is booked in the next, where nothing waits for a price.
        Assert.Equal(1, (await CloseAsync("2026-06")).UnpricedRecords);
        var waits = (await _metering.StreamAsync()).Single(record => record.Event.EventId == "waits").RecordId;
        await _metering.RecordAsync(Events.New("rest", june, usage => (usage.CorrectsRecordId, usage.ModelServed, usage.Requests, usage.Tokens) = (waits, "new-model", -1, new Tokens { Input = -1_000, Output = -500 })));
        Assert.Equal(0, await UnpricedAsync());

        UsageEvent Unpriced(string id) => Events.New(id, june, usage => usage.ModelServed = "new-model");

        async Task<long> UnpricedAsync()
        {
            var listed = (await _metering.Get<UnpricedUsageStore>().ListAsync(TestContext.Current.CancellationToken)).Usage.Sum(row => row.Records);
            var open = (await _metering.Get<ListPeriods>().RunAsync(TestContext.Current.CancellationToken)).Periods.Where(period => period.State != PeriodState.Closed);
            Assert.Equal(listed, open.Sum(period => period.UnpricedRecords));
            return listed;
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Month_closes_with_those_before_it_once_in_one_zone_and_not_before_its_end()
    {
        await RecordAsync("april", "2026-04-10T12:00Z");
        Assert.Equal(Reasons.PeriodNotEnded, await RefusalAsync("2026-07"));
        Assert.Equal("2026-07 ends at 2026-08-01 00:00:00Z (UTC); it can be closed from then on.", (await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => CloseAsync("2026-07"))).Status.Detail);
        Assert.Equal(Reasons.InvalidArgument, await RefusalAsync("June"));
        Assert.Equal(Reasons.InvalidArgument, await RefusalAsync("2026-13"));
        Assert.Equal(Reasons.InvalidArgument, await RefusalAsync("2026-06", "Mars/Olympus"));

        var closed = await CloseAsync("2026-06", "Europe/Berlin");
        Assert.Equal(Spend.At("2026-06-30T22:00Z"), closed.EndsAt.ToDateTimeOffset());
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(closed, await CloseAsync("2026-06", key: "again"));
        Assert.Equal(closed, await CloseAsync("2026-06", "Europe/Berlin"));
        Assert.Equal("2026-04", (await CloseAsync("2026-04", key: "april")).Name);
        Assert.Equal(Reasons.PeriodZoneDiffers, await RefusalAsync("2026-06", "UTC"));
        Assert.Equal(Reasons.IdempotencyConflict, await RefusalAsync("2026-05", key: "again"));
        Assert.Equal(Reasons.InvalidArgument, await RefusalAsync("2026-01"));
        Assert.Equal(3, await _metering.ScalarAsync<long>("SELECT count(*) FROM usage_period"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Month_that_begins_within_an_hour_is_the_first_where_usage_begins_in_it()
    {
        // A quarter past midnight of the first of June in Kolkata.
        await RecordAsync("june", "2026-05-31T18:45Z");
        Assert.Equal("2026-06", (await CloseAsync("2026-06", "Asia/Kolkata")).Name);
        Assert.Equal(["2026-07", "2026-06"], (await _metering.Get<ListPeriods>().RunAsync(TestContext.Current.CancellationToken)).Periods.Select(period => period.Name));
    }

    [Fact(Timeout = 300_000)]
    public async Task Months_are_closed_without_a_gap_where_nothing_was_used_between_two_closes()
    {
        await CloseAsync("2026-03");
        await RecordAsync("june", "2026-06-15T12:00Z");
        Assert.Equal("2026-05", (await CloseAsync("2026-05", key: "may")).Name);
        Assert.Equal(
            ["2026-07 Open", "2026-06 Ended", "2026-05 Closed", "2026-04 Closed", "2026-03 Closed"],
            (await _metering.Get<ListPeriods>().RunAsync(TestContext.Current.CancellationToken)).Periods.Select(period => $"{period.Name} {period.State}"));
    }

    [Fact(Timeout = 600_000)]
    public async Task Close_amid_concurrent_intakes_keeps_exactly_what_is_ever_booked_in_the_month()
    {
        var next = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var first = Interlocked.Add(ref next, 20);
                await _metering.RecordAsync([.. Enumerable.Range(first, 20).Select(number =>
                    Events.New($"event-{number}", Spend.At(number % 2 == 0 ? "2026-06-30T23:45Z" : "2026-07-01T00:15Z").AddSeconds(number % 600)))]);
            }
        }, stop.Token)).ToList();
        await ReachedAsync(1_000);

        var closes = await Task.WhenAll(Enumerable.Range(0, 3).Select(number => CloseAsync("2026-06", key: $"close-{number}")));
        await ReachedAsync(Volatile.Read(ref next) + 1_000);
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        Assert.Single(closes.Distinct());
        Assert.InRange(closes[0].Calls, 1, (next / 2) - 1);
        var months = await MonthsAsync(booked: true);
        Assert.Equal($"2026-06 {closes[0].CostNanos} {closes[0].Calls}", months[0]);
        Assert.Equal(closes[0].Calls, await _metering.ScalarAsync<long>("SELECT count(*) FROM usage_record WHERE occurred_at < '2026-07-01Z' AND booked_at IS NULL"));
        Assert.Equal(0, await _metering.ScalarAsync<long>("SELECT count(*) FROM usage_record WHERE occurred_at >= '2026-07-01Z' AND booked_at IS NOT NULL"));
        await RollupCheck.AssertEqualAsync(_metering);

        Task ReachedAsync(int events) => Eventually.TrueAsync(
            () => Task.FromResult(Volatile.Read(ref next) >= events), TimeSpan.FromSeconds(60), $"{events} events to be on their way");
    }

    [Fact(Timeout = 300_000)]
    public async Task Import_of_a_month_that_is_closed_says_that_it_is_booked_later()
    {
        var before = await _metering.ImportAsync(Settings("team_support"), [Row("before")]);
        _time.Advance(TimeSpan.FromSeconds(1));
        await CloseAsync("2026-06");
        ImportRow[] july = [Row("july", row => row.OccurredAt = Day.AddDays(30).ToTimestampUtc())];
        Assert.Empty(await _metering.ForeseeAsync(Settings("team_support"), july));
        Assert.Empty((await _metering.ImportAsync(Settings("team_support"), july)).Warnings);

        ImportRow[] june = [Row("june", row => row.Provider = "elsewhere"), .. july];
        Assert.StartsWith(
            "Some of its usage is of months that are closed (2026-06 and before).", Assert.Single(await _metering.ForeseeAsync(Settings("team_support"), june)), StringComparison.Ordinal);
        Assert.StartsWith(
            "Some of its usage is of months that were closed (2026-06 and before).", Assert.Single((await _metering.ImportAsync(Settings("team_support"), june)).Warnings), StringComparison.Ordinal);
        Assert.Empty((await _metering.Get<ListImports>().GetAsync(Guid.Parse(before.ImportId), TestContext.Current.CancellationToken)).Warnings);
    }

    [Fact(Timeout = 300_000)]
    public async Task Suspense_that_is_settled_after_the_close_is_booked_in_the_next_month_once()
    {
        var attempt = Guid.CreateVersion7().ToString();
        await RecordAsync("one", "2026-06-20T12:00Z");
        var closed = await CloseAsync("2026-06");

        // As the API settles an attempt of June by the bill that came in July; then its gateway is back, and tells the same attempt by its own journal.
        UsageEvent Settled(string source, string id) => Events.New(id, Spend.At("2026-06-30T23:59:59Z"), usage =>
            (usage.Source, usage.AttemptId, usage.Funding, usage.LeaseId, usage.BoundNanos, usage.Outcome) = (source, attempt, Funding.Leased, Guid.CreateVersion7().ToString(), 1_000_000, Outcome.Interrupted));
        Assert.Equal(RecordOutcome.Accepted, (await _metering.RecordAsync(Settled(UsageSources.Suspense, attempt))).Results[0].Outcome);
        Assert.Equal(RecordOutcome.Duplicate, (await _metering.RecordAsync(Settled(UsageSources.Suspense, attempt))).Results[0].Outcome);
        var gateway = (await _metering.RecordAsync(Settled(UsageSources.GatewayPrefix + "one", attempt))).Results[0];
        Assert.Equal(RecordOutcome.Invalid, gateway.Outcome);
        Assert.StartsWith($"Attempt {attempt} is recorded already", gateway.Message, StringComparison.Ordinal);

        Assert.Equal(["2026-06 450000 1", "2026-07 450000 1"], await MonthsAsync(booked: true));
        Assert.Equal(["2026-06 900000 2"], await MonthsAsync(booked: false));
        var list = (await _metering.Get<ListPeriods>().RunAsync(TestContext.Current.CancellationToken)).Periods;
        Assert.Equal(["2026-07 Open 450000 450000", "2026-06 Closed 450000 0"], list.Select(period => $"{period.Name} {period.State} {period.CostNanos} {period.LateCostNanos}"));
        Assert.Equal(closed, list[1]);
        await RollupCheck.AssertEqualAsync(_metering);
    }

    private async Task<RecordResult> RecordAsync(string eventId, string at) => (await _metering.RecordAsync(Events.New(eventId, Spend.At(at)))).Results[0];

    private Task<Period> CloseAsync(string period, string zone = "", string key = "close") => _metering.Get<ClosePeriod>().RunAsync(
        new ClosePeriodRequest { Period = period, TimeZone = zone, IdempotencyKey = key }, "key_finance", TestContext.Current.CancellationToken);

    private async Task<string> RefusalAsync(string period, string zone = "", string key = "refused") =>
        RpcErrors.ReasonOf(await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => CloseAsync(period, zone, key)))!;

    private async Task<string[]> MonthsAsync(bool booked)
    {
        var answer = await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Month }, Booked = booked });
        return [.. answer.Rows.Select(row => $"{row.Keys[0]} {row.CostNanos} {row.Calls}")];
    }
}
