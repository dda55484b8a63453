using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Budgets;
using Platform.Metering.Intake;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;
using Platform.Metering.Tests.Imports;

namespace Platform.Metering.Tests;

/// <summary>Figures that would take sums out of 64 bits: whoever tells them is refused, and nobody else is stopped.</summary>
public sealed class ToldLimitTests : IAsyncLifetime
{
    private const long Dear = 10_000_000_000;
    private const int Fitting = (int)(ToldLimit.Most / EventCheck.MaxCostNanos);

    private static readonly DateTimeOffset Start = new(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);

    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _metering = await MeteringFixture.CreateAsync();
        await SetAsync("dear", Dear, "dear");
    }

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task What_fits_is_taken_in_and_the_rest_refused_while_gateways_budgets_and_queries_go_on()
    {
        await _metering.Get<SetBudget>().RunAsync(
            new SetBudgetRequest { BudgetId = "all", AmountNanos = 1, Currency = "USD", Period = BudgetPeriod.Year, IdempotencyKey = "budget" }, "key_test", Cancel);
        var results = (await _metering.RecordAsync([.. Enumerable.Range(0, Fitting + 100).Select(number => Huge(number))])).Results;
        Assert.Equal((Fitting, 100), (results.Count(result => result.Outcome == RecordOutcome.Accepted), results.Count(result => result.Outcome == RecordOutcome.Invalid)));
        Assert.Contains("kt imports undo", results.First(result => result.Outcome == RecordOutcome.Invalid).Message, StringComparison.Ordinal);

        var gateway = (await _metering.RecordAsync(Huge(-1, usage => (usage.Source, usage.Funding) = ("gateway/a", Funding.Leased)), Huge(-2))).Results;
        Assert.Equal([RecordOutcome.Accepted, RecordOutcome.Invalid], gateway.Select(result => result.Outcome));
        Assert.Equal(ToldLimit.Most + EventCheck.MaxCostNanos, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
        Assert.True(await _metering.Get<EvaluateBudgets>().RunAsync(Cancel));
        await RollupCheck.AssertEqualAsync(_metering);

        // What is taken back makes room, and the refused one may be told again.
        var less = new UsageEvent { Source = "finance", EventId = "less", CorrectsRecordId = results.First(result => result.RecordId.Length > 0).RecordId, Tokens = new Tokens { Input = -EventCheck.MaxTokens } };
        Assert.Equal([RecordOutcome.Accepted, RecordOutcome.Accepted], (await _metering.RecordAsync(less, Huge(-2))).Results.Select(result => result.Outcome).Order());
    }

    [Fact(Timeout = 300_000)]
    public async Task Tellers_at_once_share_what_is_left()
    {
        await using var other = _metering.Another();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(batch => (batch % 2 == 0 ? _metering : other).RecordAsync(
            [.. Enumerable.Range(0, 100).Select(number => Huge((batch * 100) + number))])));
        Assert.Equal(Fitting, answers.SelectMany(answer => answer.Results).Count(result => result.Outcome == RecordOutcome.Accepted));
        Assert.Equal(ToldLimit.Most, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Calls_tokens_and_compared_costs_are_kept_in_range_too()
    {
        await _metering.ScalarAsync<long>($"WITH row AS (UPDATE usage_told SET calls = {ToldLimit.Most} - 1, tokens = {ToldLimit.Most} - 10 RETURNING 1) SELECT count(*) FROM row");
        var small = new Tokens { Input = 1 };
        var results = (await _metering.RecordAsync(
            Events.New("calls", Start, usage => (usage.Funding, usage.Requests, usage.Tokens) = (Funding.History, 2, small)),
            Events.New("tokens", Start, usage => (usage.Funding, usage.Tokens) = (Funding.History, new Tokens { Output = 11 })),
            Events.New("fits", Start, usage => (usage.Funding, usage.Tokens) = (Funding.History, small)))).Results;
        Assert.Equal([RecordOutcome.Invalid, RecordOutcome.Invalid, RecordOutcome.Accepted], results.Select(result => result.Outcome));

        await _metering.ScalarAsync<long>($"WITH row AS (UPDATE usage_told SET calls = 0, cost_nanos = {ToldLimit.Most} - 5 RETURNING 1) SELECT count(*) FROM row");
        var compared = (await _metering.RecordAsync(Events.New("compared", Start, usage => (usage.Funding, usage.Tokens, usage.DefaultCostNanos) = (Funding.History, small, 1_000_000)))).Results[0];
        Assert.Equal(RecordOutcome.Invalid, compared.Outcome);
    }

    [Fact(Timeout = 300_000)]
    public async Task Slip_in_a_price_corrects_what_stays_in_range_and_the_right_price_takes_all_of_it_back()
    {
        await SetAsync("cheap", 1_000, "cheap");
        await _metering.RecordAsync([.. Enumerable.Range(0, 500).Select(number => Huge(number, usage => usage.ModelServed = "cheap"))]);
        await SetAsync("cheap", Dear, "slip", Start.AddHours(-1));
        Assert.InRange(await _metering.Get<RepriceUsage>().RunAsync(Cancel), Fitting - 1, Fitting);
        Assert.InRange((await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos, ToldLimit.Most - EventCheck.MaxCostNanos, ToldLimit.Most);

        await SetAsync("cheap", 2_000, "right", Start.AddMinutes(-30));
        Assert.Equal(500, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        Assert.Equal(500 * 2_000_000_000L, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Slip_in_a_price_that_a_record_has_no_room_for_changes_none_of_its_corrections_either()
    {
        await SetAsync("cheap", 1_000, "cheap");
        var recordId = (await _metering.RecordAsync(Huge(1, usage => usage.ModelServed = "cheap"))).Results[0].RecordId;
        await _metering.RecordAsync(new UsageEvent { Source = "finance", EventId = "less", CorrectsRecordId = recordId, Tokens = new Tokens { Input = -EventCheck.MaxTokens / 100 } });
        await _metering.ScalarAsync<long>($"WITH row AS (UPDATE usage_told SET cost_nanos = {ToldLimit.Most} - 5 RETURNING 1) SELECT count(*) FROM row");
        await SetAsync("cheap", Dear, "slip", Start.AddHours(-1));
        Assert.Equal(0, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        Assert.Equal(990_000_000, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);

        await _metering.ScalarAsync<long>("WITH row AS (UPDATE usage_told SET cost_nanos = 990000000 RETURNING 1) SELECT count(*) FROM row");
        await SetAsync("cheap", 2_000, "right", Start.AddMinutes(-30));
        Assert.Equal(2, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        Assert.Equal(1_980_000_000, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Undone_import_makes_room_again()
    {
        var rows = Enumerable.Range(0, Fitting).Select(number => ImportSteps.Row($"row-{number}", row =>
            (row.Model, row.Tokens, row.OccurredAt) = ("dear", new Tokens { Input = EventCheck.MaxTokens }, Start.ToTimestampUtc())));
        var import = await _metering.ImportAsync(ImportSteps.Settings("team_support"), rows);
        Assert.Equal(Fitting, import.Counts.Accepted);
        Assert.Equal(RecordOutcome.Invalid, (await _metering.RecordAsync(Huge(1))).Results[0].Outcome);
        await _metering.UndoAsync(import);
        Assert.Equal("0|0|0", await _metering.ScalarAsync<string>("SELECT concat_ws('|', cost_nanos, tokens, calls) FROM usage_told"));
        Assert.Equal(RecordOutcome.Accepted, (await _metering.RecordAsync(Huge(1))).Results[0].Outcome);
    }

    // Each team's sums of a day have room for them, and those of the budget of all teams do not: its follower could not pass the moment that they were recorded in.
    [Fact(Timeout = 300_000)]
    public async Task Opposite_corrections_on_several_days_count_whole_and_stop_no_budget()
    {
        await _metering.Get<SetBudget>().RunAsync(
            new SetBudgetRequest { BudgetId = "all", AmountNanos = 1, Currency = "USD", Period = BudgetPeriod.Year, IdempotencyKey = "budget" }, "key_test", Cancel);
        Assert.True(await _metering.Get<EvaluateBudgets>().RunAsync(Cancel));
        var accepted = 0;
        foreach (var team in new[] { "team_support", "team_search" })
        {
            var record = (await _metering.RecordAsync(Huge(1, usage => (usage.EventId, usage.TeamId, usage.Tokens) = (team, team, new Tokens { Input = 1 })))).Results[0].RecordId;
            foreach (var batch in Enumerable.Range(0, 12))
            {
                var results = (await _metering.RecordAsync([.. Enumerable.Range(0, 100).Select(number => new UsageEvent
                {
                    Source = "finance", EventId = $"{team}-{batch}-{number}", CorrectsRecordId = record,
                    OccurredAt = Start.AddDays(number % 2 == 0 ? 1 : 2).ToTimestampUtc(), Tokens = new Tokens { Input = number % 2 == 0 ? EventCheck.MaxTokens : -EventCheck.MaxTokens },
                })])).Results;
                accepted += results.Count(result => result.Outcome == RecordOutcome.Accepted);
            }
        }

        Assert.True(await _metering.Get<EvaluateBudgets>().RunAsync(Cancel));
        Assert.Equal(300, accepted);
        Assert.Equal(2 * 10_000, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_that_takes_back_what_another_one_adds_is_refused_with_it()
    {
        var record = (await _metering.RecordAsync(Huge(1, usage => usage.Tokens = new Tokens { Input = 1 }))).Results[0].RecordId;
        await _metering.ScalarAsync<long>($"WITH row AS (UPDATE usage_told SET cost_nanos = {ToldLimit.Most} - 5 RETURNING 1) SELECT count(*) FROM row");
        var results = (await _metering.RecordAsync(Corrected("more", EventCheck.MaxTokens), Corrected("less", 1 - EventCheck.MaxTokens))).Results;
        Assert.Equal([RecordOutcome.Invalid, RecordOutcome.Invalid], results.Select(result => result.Outcome));
        Assert.Equal(10_000, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
        Assert.Equal([RecordOutcome.Accepted], (await _metering.RecordAsync(Corrected("whole", -1))).Results.Select(result => result.Outcome));

        UsageEvent Corrected(string id, long tokens) => new() { Source = "finance", EventId = id, CorrectsRecordId = record, Tokens = new Tokens { Input = tokens } };
    }

    [Fact(Timeout = 300_000)]
    public async Task Row_that_its_sums_cannot_take_is_refused_alone()
    {
        await _metering.RecordAsync(Events.New("before", Start));
        await _metering.ScalarAsync<long>("WITH row AS (UPDATE usage_rollup SET cost_nanos = 9223372036854775807 RETURNING 1) SELECT count(*) FROM row");
        var together = await Task.WhenAll(
            _metering.RecordAsync([.. Enumerable.Range(0, 9).Select(number => Events.New($"batch-{number}", Start, usage => usage.UserId = number == 5 ? "" : "ada"))]),
            _metering.RecordAsync(Events.New("another", Start.AddHours(3))));
        var results = together[0].Results;
        Assert.Equal([5], results.Index().Where(result => result.Item.Outcome == RecordOutcome.Invalid).Select(result => result.Index));
        Assert.StartsWith("It cannot be recorded: ", results[5].Message, StringComparison.Ordinal);
        Assert.All([.. results.Where((_, index) => index != 5), .. together[1].Results], result => Assert.Equal(RecordOutcome.Accepted, result.Outcome));
        Assert.Equal(10, (await _metering.StreamAsync()).Count);
    }

    /// <summary>As dear as an event may be, and as any that others than gateways tell.</summary>
    private static UsageEvent Huge(int number, Action<UsageEvent>? with = null) => Events.New($"huge-{number}", Start, usage =>
    {
        (usage.Source, usage.Funding, usage.ModelServed, usage.Tokens) = ("api", Funding.External, "dear", new Tokens { Input = EventCheck.MaxTokens });
        with?.Invoke(usage);
    });

    private Task<PriceRow> SetAsync(string model, long perMillion, string key, DateTimeOffset? from = null) => _metering.Get<SetPrice>().RunAsync(
        new SetPriceRequest { Price = PriceRows.New(model, perMillion, perMillion, from ?? Start.AddDays(-20)), Retroactive = true, IdempotencyKey = key }, "key_test", Cancel);
}
