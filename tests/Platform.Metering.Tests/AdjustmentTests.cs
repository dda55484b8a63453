using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Periods;
using Platform.Metering.Prices;
using Platform.Metering.Queries;
using Platform.Metering.Repricing;

namespace Platform.Metering.Tests;

/// <summary>Credit notes and what providers charge without tokens (docs/decisions/0220).</summary>
public sealed class AdjustmentTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start.AddDays(40));
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Credit_is_a_record_of_its_own_that_lowers_the_cost_and_counts_no_call()
    {
        await _metering.RecordAsync(Events.New("call", Start));
        var credit = New("INV-7", -200_001);
        var result = Assert.Single((await _metering.RecordAsync(credit)).Results);
        Assert.Equal((RecordOutcome.Accepted, -200_001), (result.Outcome, result.CostNanos));
        var again = Assert.Single((await _metering.RecordAsync(credit)).Results);
        Assert.Equal((RecordOutcome.Duplicate, result.RecordId, ""), (again.Outcome, again.RecordId, again.Message));

        var total = (await _metering.QueryAsync(new QuerySpendRequest())).Total;
        Assert.Equal((450_000 - 200_001, -200_001, 1, 0, 1_000), (total.CostNanos, total.AdjustmentNanos, total.Calls, total.UnpricedCalls, total.InputTokens));
        var byModel = await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Model }, OrderBy = SpendMetric.Cost, Top = 1 });
        Assert.Equal(("gpt-4o-mini", 450_000, 0, -200_001, 0), (byModel.Rows[0].Keys[0], byModel.Rows[0].CostNanos, byModel.Rows[0].AdjustmentNanos, byModel.Others.AdjustmentNanos, byModel.Others.Calls));

        _time.Advance(TimeSpan.FromSeconds(1));
        var detail = await _metering.Get<GetUsage>().RunAsync(new GetUsageRequest { Id = result.RecordId }, Cancel);
        Assert.Equal((-200_001, -200_001, 0, 0), (detail.Record.Cost.TotalNanos, detail.Record.Cost.AdjustmentNanos, detail.NetRequests, detail.Record.Event.PriceId));
        Assert.Equal((true, -200_001, "INV-7"), (detail.Record.Event.HasAdjustmentNanos, detail.Record.Event.AdjustmentNanos, detail.Record.Event.Tags["reference"]));
        var owed = (await _metering.OwedAsync()).SelectMany(message => message.Items).Single(item => $"{item.RecordId}" == result.RecordId);
        Assert.Equal((true, -200_001, 0, false), (owed.IsAdjustment, owed.CostNanos, owed.Calls, owed.AwaitsRecord));
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task It_is_in_the_month_and_in_no_pace()
    {
        // Noon of 20 July: eleven days and a half are left.
        var yesterday = _time.GetUtcNow().AddDays(-1);
        await _metering.RecordAsync(Events.New("call", yesterday));
        await _metering.RecordAsync(New("INV-7", -400_000, usage => usage.OccurredAt = yesterday.ToTimestampUtc()));

        var rate = await _metering.Get<GetRunRate>().RunAsync(new GetRunRateRequest(), Cancel);
        Assert.Equal((450_000, 450_000, 50_000, 50_000 + 450_000 * 23 / 2), (rate.Last7DaysNanos, rate.DailyRunRateNanos, rate.MonthToDateNanos, rate.MonthProjectedNanos));
    }

    [Fact(Timeout = 300_000)]
    public async Task No_price_changes_it_and_no_correction_speaks_of_it()
    {
        await _metering.RecordAsync(Events.New("call", Start));
        var credit = (await _metering.RecordAsync(New("INV-7", -9, usage => usage.ModelAsked = usage.ModelServed = "own-model"))).Results[0];
        foreach (var (key, rate) in new[] { ("first", 5_000_000_000), ("second", 7_000_000_000) })
        {
            var price = PriceRows.New("own-model", rate, rate, Start.AddDays(-1));
            price.PerRequest = 1_000;
            await _metering.Get<SetPrice>().RunAsync(new SetPriceRequest { Price = price, Retroactive = true, IdempotencyKey = key }, "key_test", Cancel);
            Assert.Equal(0, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        }

        Assert.Equal(-9, (await _metering.RecordAsync(New("INV-8", -9, usage => usage.ModelAsked = usage.ModelServed = "own-model"))).Results[0].CostNanos);
        Assert.Empty((await _metering.Get<UnpricedUsageStore>().ListAsync(Cancel)).Usage);
        var correction = new UsageEvent { Source = "finance", EventId = "c", CorrectsRecordId = credit.RecordId, Requests = -1 };
        Assert.Contains("an opposite one takes it back", (await _metering.RecordAsync(correction)).Results[0].Message);
        Assert.Equal(449_982, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Team_is_given_back_no_more_than_it_has_cost_whoever_tells_it_at_once()
    {
        await _metering.RecordAsync(Events.New("call", Start), Events.New("imported", Start, usage => usage.Funding = Funding.History));
        var results = (await _metering.RecordAsync(New("a", -300_000), New("b", -150_001), New("c", -150_000))).Results;
        Assert.Equal([RecordOutcome.Accepted, RecordOutcome.Invalid, RecordOutcome.Accepted], results.Select(result => result.Outcome));
        Assert.Contains("has cost 0.00015 so far", results[1].Message);
        Assert.Contains("kt wallets credit", results[1].Message);

        await using var other = _metering.Another();
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(number => (number % 2 == 0 ? _metering : other).RecordAsync(
            New($"history {number}", -100_000, usage => usage.Funding = Funding.History))));
        Assert.Equal(4, answers.Count(answer => answer.Results[0].Outcome == RecordOutcome.Accepted));

        // What was refused is not known, and is taken when there is something to give back.
        await _metering.RecordAsync(New("charge", 150_001));
        Assert.Equal(RecordOutcome.Accepted, (await _metering.RecordAsync(New("b", -150_001))).Results[0].Outcome);
        Assert.Equal(50_000, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Dry_run_says_what_would_become_of_each_and_records_nothing()
    {
        await _metering.RecordAsync(Events.New("call", Start));
        var known = await _metering.RecordAsync(New("known", -1));
        var owed = (await _metering.OwedAsync()).Count;

        // The second would be more than the first leaves; the third came before.
        UsageEvent[] told = [New("a", -300_000), New("b", -150_000), New("known", -2), New("nothing", 0)];
        var tried = await TryAsync(told);
        Assert.Equal([RecordOutcome.Accepted, RecordOutcome.Invalid, RecordOutcome.Duplicate, RecordOutcome.Invalid], tried.Select(result => result.Outcome));
        Assert.Equal((-300_000, known.Results[0].RecordId), (tried[0].CostNanos, tried[2].RecordId));
        Assert.Contains("has cost 0.000149999 so far", tried[1].Message);
        Assert.Contains("it would cost -0.000000002", tried[2].Message);
        Assert.Equal((449_999, owed), ((await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos, (await _metering.OwedAsync()).Count));

        // Once more, and in earnest: the same answers.
        Assert.Equal(tried, await TryAsync(told));
        Assert.Equal(tried, (await _metering.RecordAsync(told)).Results);
        await RollupCheck.AssertEqualAsync(_metering);

        async Task<IReadOnlyList<RecordResult>> TryAsync(UsageEvent[] events) => [.. (await _metering.Get<RecordUsage>().RunAsync(events, Cancel, isDryRun: true)).Results];
    }

    [Fact(Timeout = 300_000)]
    public async Task In_a_closed_month_it_is_booked_in_the_next()
    {
        await _metering.RecordAsync(Events.New("call", Start));
        await _metering.Get<ClosePeriod>().RunAsync(new ClosePeriodRequest { Period = "2026-06", IdempotencyKey = "close" }, "key_finance", Cancel);
        await _metering.RecordAsync(New("INV-7", -100_000));
        var months = await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Month }, Booked = true });
        Assert.Equal(["2026-06 450000 0 1", "2026-07 -100000 -100000 0"], months.Rows.Select(row => $"{row.Keys[0]} {row.CostNanos} {row.AdjustmentNanos} {row.Calls}"));
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task What_is_given_back_makes_no_room_for_what_would_leave_the_range_of_sums()
    {
        const int Pairs = (int)(ToldLimit.Most / EventCheck.MaxCostNanos / 2);
        var told = Enumerable.Range(0, Pairs).SelectMany(pair => new[] { New($"{pair}+", EventCheck.MaxCostNanos), New($"{pair}-", -EventCheck.MaxCostNanos) }).ToList();
        foreach (var step in told)
        {
            Assert.Equal(RecordOutcome.Accepted, (await _metering.RecordAsync(step)).Results[0].Outcome);
        }

        Assert.Contains("four thousand million units", (await _metering.RecordAsync(New("more", EventCheck.MaxCostNanos))).Results[0].Message);
        Assert.Equal(0, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
    }

    public static TheoryData<string, Action<UsageEvent>> Contrary => new()
    {
        { "adjusts nothing", usage => usage.AdjustmentNanos = 0 },
        { "adjustment_nanos must be", usage => usage.AdjustmentNanos = EventCheck.MaxCostNanos + 1 },
        { "adjustment_nanos must be", usage => usage.AdjustmentNanos = long.MinValue },
        { "corrects no record", usage => usage.CorrectsRecordId = Guid.CreateVersion7().ToString() },
        { "external or history", usage => usage.Funding = Funding.Leased },
        { "its outcome is succeeded", usage => usage.Outcome = Outcome.Failed },
        { "money without tokens", usage => usage.Tokens = new Tokens { Output = 1 } },
        { "leave requests", usage => (usage.Requests, usage.Funding) = (1, Funding.History) },
        { "price_id", usage => usage.PriceId = 2 },
        { "leave attempt_id", usage => usage.AttemptId = Guid.CreateVersion7().ToString() },
        { "retry_of", usage => usage.RetryOf = Guid.CreateVersion7().ToString() },
        { "team_id", usage => usage.TeamId = "" },
        { "provider", usage => usage.Provider = "" },
    };

    [Theory]
    [MemberData(nameof(Contrary))]
    public void What_makes_it_more_than_money_is_refused(string complaint, Action<UsageEvent> contrary)
    {
        Assert.Null(EventCheck.Check(New("INV-7", -1)));
        Assert.Null(EventCheck.Check(New("INV-7", -1, usage => usage.Tokens = new Tokens())));
        Assert.Contains(complaint, EventCheck.Check(New("INV-7", -1, contrary)));
    }

    private static UsageEvent New(string reference, long nanos, Action<UsageEvent>? with = null)
    {
        var usage = new UsageEvent
        {
            Source = "finance", EventId = reference, Funding = Funding.External, OccurredAt = Start.ToTimestampUtc(), TeamId = "team_support", Provider = "openai", Outcome = Outcome.Succeeded,
            AdjustmentNanos = nanos, Tags = { ["reference"] = reference, ["reason"] = "outage" },
        };
        with?.Invoke(usage);
        return usage;
    }
}
