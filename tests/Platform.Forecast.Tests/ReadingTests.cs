using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Controls;
using Platform.Forecast.Diagnoses;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Variances;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

/// <summary>The bridge and the diagnosis as they are asked for, from records to the answer.</summary>
public sealed class ReadingTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = Utc("2026-06-10T15:20:00");
    private ForecastFixture _forecast = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _forecast = await ForecastFixture.CreateAsync(Now, Cancellation);
        _forecast.Organisation.Teams.AddRange(["team_search", "team_support"]);
        _forecast.Organisation.Funds.Add("team_search", 4_000_000_000_001);
        _forecast.Organisation.Funds.Add("team_support", 3);
        _forecast.Organisation.Prices.Add(new PriceRow
        {
            PriceId = 7, Provider = "openai", Model = "gpt-4o-mini", Tier = "standard", Currency = "USD", InputPerMillion = 150_000_000, OutputPerMillion = 600_000_000,
            EffectiveFrom = Utc("2026-06-04T00:00:00").ToTimestampUtc(), Source = "list",
        });
        await _forecast.AddHistoryAsync(Now, 60, Cancellation, ("team_search", "", 1), ("team_support", "interactive", 2), ("team_support", "batch", 3));

        await _forecast.Get<ChangePlan>().SetAsync(
            new SetItemRequest
            {
                IdempotencyKey = "launch",
                Item = new PlanItem { PlanId = "launch", Name = "Launch", TeamId = "team_support", Workload = "new", Model = "gpt-4o-mini", StartsOn = "2026-06-20", CallsPerDay = 1001, InputTokens = 777 },
            },
            "key_1", Cancellation);
    }

    public async ValueTask DisposeAsync() => await _forecast.DisposeAsync();

    [Theory]
    [InlineData("", "")]
    [InlineData("team_support", "")]
    [InlineData("", "Asia/Kathmandu")]
    public async Task Variance_of_the_forecast_ends_at_the_layers_expected_total_to_the_nano(string team, string zone)
    {
        var report = await AskAsync(new GetVarianceRequest { TeamId = team, TimeZone = zone, Comparison = Comparison.Forecast });
        var month = (await _forecast.Get<GetLayers>().RunAsync(new GetLayersRequest { TeamId = team, TimeZone = zone }, Cancellation)).Periods[0];
        long Expected(Layer layer) => month.Layers.Single(figures => figures.Layer == layer).ExpectedNanos;

        Assert.Equal(Expected(Layer.Total), report.Total.CurrentNanos);
        Assert.Equal(Expected(Layer.Planned), report.Total.Classes.Single(kind => kind.Class == VarianceClass.PlannedInvestment).ChangeNanos);
        Assert.True(Expected(Layer.Planned) > 0);
        Assert.Equal(report.Total.ChangeNanos, report.Teams.Sum(sum => sum.Classes.Sum(kind => kind.ChangeNanos)));
    }

    [Fact]
    public async Task Variance_of_a_month_parts_waste_and_a_changed_price_book_and_leaves_today_out()
    {
        _forecast.Organisation.Waste.Add(new WastePart { Kind = WasteKind.Failed, TeamId = "team_search", Provider = "openai", Model = "gpt-4o-mini", Calls = 1, InputTokens = 10, OutputTokens = 3, CostNanos = 5_000_000 });
        var report = await AskAsync(new GetVarianceRequest { Comparison = Comparison.Month });

        Assert.Equal(("2026-05-01", "2026-05-10", "2026-06-01", "2026-06-10"), (Day(report.BeforeStart), Day(report.BeforeEnd), Day(report.CurrentStart), Day(report.CurrentEnd)));
        var price = report.Total.Items.Single(item => item.Driver == VarianceDriver.Price);
        Assert.Equal((VarianceClass.Control, "kt prices show openai gpt-4o-mini"), (price.Class, price.Evidence[0].Command));

        // As much was wasted in either period.
        Assert.Equal((5_000_000, 5_000_000, 0), report.Total.Items.Where(item => item.Driver == VarianceDriver.Failed).Select(item => (item.BeforeNanos, item.CurrentNanos, item.ChangeNanos)).Single());
    }

    [Fact]
    public async Task A_new_price_of_a_model_is_why_calls_under_another_name_of_it_cost_more()
    {
        var current = _forecast.Organisation.Prices[0];
        current.Model = "mini";

        // A slip of the same day, which was superseded at once, changed nothing.
        var slip = current.Clone();
        (slip.PriceId, slip.InputPerMillion, slip.EffectiveTo) = (6, 1_500_000_000, slip.EffectiveFrom);
        _forecast.Organisation.Prices.Add(slip);
        _forecast.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(VarianceClass.Unexplained, (await PriceAsync()).Class);

        _forecast.Organisation.Aliases.Add(new PriceAlias { Provider = "openai", Alias = "gpt-4o-mini", Model = "mini" });
        _forecast.Time.Advance(TimeSpan.FromMinutes(3));
        var price = await PriceAsync();
        Assert.Equal((VarianceClass.Control, "kt prices show openai mini"), (price.Class, price.Evidence[0].Command));
        Assert.StartsWith("The price book was changed", price.Sentence, StringComparison.Ordinal);
        Assert.Contains("version 7 from", Assert.Single(price.Evidence, evidence => evidence.Command.StartsWith("kt prices show", StringComparison.Ordinal)).Text, StringComparison.Ordinal);

        // A price of the first day of May is that of May and of June.
        current.EffectiveFrom = Utc("2026-05-01T00:00:00").ToTimestampUtc();
        _forecast.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(VarianceClass.Unexplained, (await PriceAsync()).Class);

        async Task<VarianceItem> PriceAsync() =>
            (await AskAsync(new GetVarianceRequest { Comparison = Comparison.Month })).Total.Items.Single(item => item.Driver == VarianceDriver.Price);
    }

    [Fact]
    public async Task A_price_that_the_book_has_for_later_is_why_the_rest_of_the_month_is_to_cost_more()
    {
        _forecast.Organisation.Teams.Add("team_flat");
        await _forecast.Usage.AddAsync(Batch([.. Enumerable.Range(-60, 60).SelectMany(day => new[]
        {
            Call(Now.AddDays(day), 60_000_000_000, "team_flat") with { InputTokens = 1000, OutputTokens = 0 }, Call(Now.AddDays(day), 40_000_000_000, "team_flat", "gpt-4o") with { InputTokens = 1000, OutputTokens = 0 },
        })]), Now, Cancellation);
        var mini = _forecast.Organisation.Prices[0];
        mini.EffectiveFrom = Utc("2026-01-01T00:00:00").ToTimestampUtc();
        foreach (var (model, id, times) in new[] { ("gpt-4o-mini", 7, 2.0), ("gpt-4o", 9, 0.5) })
        {
            var (now, later) = (mini.Clone(), mini.Clone());
            (now.Model, now.PriceId, now.EffectiveTo) = (model, id, Utc("2026-06-20T00:00:00").ToTimestampUtc());
            (later.Model, later.PriceId, later.EffectiveFrom, later.InputPerMillion) = (model, id + 1, now.EffectiveTo, (long)(mini.InputPerMillion * times));
            _forecast.Organisation.Prices.AddRange([now, later]);
        }

        _forecast.Organisation.Prices.RemoveAt(0);
        _forecast.Time.Advance(TimeSpan.FromMinutes(3));
        var report = await AskAsync(new GetVarianceRequest { TeamId = "team_flat", Comparison = Comparison.Forecast });
        var prices = report.Total.Items.Where(item => item.Driver == VarianceDriver.Price).ToArray();

        // Eleven days of 60 a day more and of 20 a day less.
        Assert.InRange(prices.Sum(item => item.ChangeNanos), 438_000_000_000, 442_000_000_000);
        Assert.All(prices, item => Assert.Equal((VarianceClass.Control, true), (item.Class, item.Sentence.StartsWith("The price book was changed", StringComparison.Ordinal))));
        Assert.Equal(
            ["kt prices show openai gpt-4o", "kt prices show openai gpt-4o-mini"],
            prices.SelectMany(item => item.Evidence).Select(evidence => evidence.Command).Where(command => command.StartsWith("kt prices", StringComparison.Ordinal)).Distinct().Order());
        Assert.Equal(report.Total.ChangeNanos, report.Total.Items.Sum(item => item.ChangeNanos));
    }

    // Fifteen a day came as planned: of May so many days, of June all thirty or those before its end.
    [Theory]
    [InlineData("2026-05-01", "", 30 * 15 - 31 * 15)]
    [InlineData("2026-05-01", "2026-06-15", 14 * 15 - 31 * 15)]
    [InlineData("2026-05-20", "", 30 * 15 - 12 * 15)]
    [InlineData("2026-06-01", "", 30 * 15)]
    public async Task What_a_launch_brings_the_rest_of_the_month_too_is_planned_and_no_growth(string starts, string ends, long dollars)
    {
        var first = DateOnly.ParseExact(starts, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture).DayNumber - DateOnly.FromDateTime(Now.UtcDateTime).DayNumber;
        _forecast.Organisation.Teams.Add("team_flat");
        _forecast.Organisation.Prices[0].EffectiveFrom = Utc("2026-01-01T00:00:00").ToTimestampUtc();
        await _forecast.Usage.AddAsync(
            Batch([
                .. Enumerable.Range(-60, 60).Select(day => Call(Now.AddDays(day), 100_000_000_000, "team_flat")),
                .. Enumerable.Range(first, -first).Select(day => Call(Now.AddDays(day), 15_000_000_000, "team_flat") with { Workload = "new" }),
                Call(Now.AddHours(-1), 9_583_333_333, "team_flat") with { Workload = "new" }, // What 15:20 has of a day.
            ]),
            Now, Cancellation);
        await _forecast.Get<ChangePlan>().SetAsync(
            new SetItemRequest
            {
                IdempotencyKey = "flat",
                Item = new PlanItem
                {
                    PlanId = "flat", Name = "Flat", TeamId = "team_flat", Workload = "new", Model = "gpt-4o-mini", StartsOn = starts, EndsOn = ends, CallsPerDay = 100, InputTokens = 1_000_000, SpreadPpm = 0,
                },
            },
            "key_1", Cancellation);
        var total = (await AskAsync(new GetVarianceRequest { TeamId = "team_flat", Comparison = Comparison.Forecast })).Total;

        Assert.InRange(total.Classes.Single(kind => kind.Class == VarianceClass.PlannedInvestment).ChangeNanos / 1e9, dollars - 0.01, dollars + 0.01);
        Assert.Equal(total.ChangeNanos, total.Classes.Sum(kind => kind.ChangeNanos));
    }

    [Theory]
    [InlineData("team_nobody", "", "NotFound")]
    [InlineData("", "June", "InvalidArgument")]
    [InlineData("", "2026-06-10", "InvalidArgument")]
    public async Task A_question_without_sense_is_refused(string team, string at, string status)
    {
        _forecast.Time.SetUtcNow(Utc("2026-07-01T00:10:00"));
        var request = new GetVarianceRequest { TeamId = team, At = at == "2026-06-10" ? "2026-07-01" : at };
        Assert.Equal(status, (await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => AskAsync(request))).StatusCode.ToString());
    }

    [Fact]
    public async Task Diagnosis_reads_funds_budgets_alerts_waste_and_workloads_of_every_team()
    {
        _forecast.Organisation.Budgets.Add(new BudgetView { BudgetId = "search", Name = "Search", AmountNanos = 1, ProjectedNanos = 2_000_000_001, Scope = new BudgetScope { TeamId = "team_search" } });
        foreach (var month in new[] { "2026-05", "2026-06" })
        {
            _forecast.Organisation.Alerts.Add(new Alert
            {
                Kind = AlertKind.BudgetThreshold, TeamId = "team_search", Subject = "search", PeriodFrom = Utc($"{month}-01T00:00:00").ToTimestampUtc(),
                OccurredAt = Utc($"{month}-05T00:00:00").ToTimestampUtc(), Figures = { new AlertFigure { Name = "threshold", Value = "80" } },
            });
        }

        var report = await _forecast.Get<Diagnose>().RunAsync(new DiagnoseRequest(), Cancellation);
        Assert.Equal(
            ["growth_pressure team_search", "money_to_reclaim team_search", "unclassified team_search", "wallet_at_risk team_support"],
            report.Findings.Select(finding => $"{finding.Rule} {finding.TeamId}").Order());
        Assert.Equal(13, report.Rules.Count);

        var support = await _forecast.Get<Diagnose>().RunAsync(new DiagnoseRequest { TeamId = "team_support" }, Cancellation);
        Assert.Equal(["wallet_at_risk"], support.Findings.Select(finding => finding.Rule));
        var layers = await _forecast.Get<GetLayers>().RunAsync(new GetLayersRequest { TeamId = "team_support" }, Cancellation);
        Assert.Equal(layers.Funds.Single().MissingNanos, support.Findings[0].AmountNanos);
        Assert.Null(layers.Funds.Single().Soon);
    }

    [Fact]
    public async Task At_a_months_end_a_wallet_that_the_next_days_empty_is_at_risk_and_what_is_planned_for_them_is_counted()
    {
        var now = Utc("2026-06-29T15:20:00");
        await using var forecast = await ForecastFixture.CreateAsync(now, Cancellation);
        forecast.Organisation.Teams.Add("team_support");
        await forecast.AddHistoryAsync(now, 60, Cancellation, ("team_support", "interactive", 2), ("team_support", "batch", 3));
        forecast.Organisation.Funds["team_support"] = 4_000_000_000_000;
        var month = (await forecast.Get<GetLayers>().RunAsync(new GetLayersRequest { TeamId = "team_support", Confidence = 0.99 }, Cancellation)).Funds.Single().NeededThisMonthNanos;
        forecast.Organisation.Funds["team_support"] = month;

        var layers = await forecast.Get<GetLayers>().RunAsync(new GetLayersRequest { TeamId = "team_support" }, Cancellation);
        var finding = Assert.Single((await forecast.Get<Diagnose>().RunAsync(new DiagnoseRequest(), Cancellation)).Findings, finding => finding.Rule == "wallet_at_risk");
        Assert.InRange(layers.Funds.Single().ExhaustedThisMonth, 0, 0.011);
        Assert.Contains("in the next seven days", finding.Sentence, StringComparison.Ordinal);
        Assert.True(finding.AmountNanos > 0);

        // What the finding names as its evidence says the same.
        var soon = layers.Funds.Single().Soon;
        Assert.Equal((Utc("2026-07-06T00:00:00").ToTimestampUtc(), finding.AmountNanos), (soon.To, soon.MissingNanos));
        Assert.True(soon.Exhausted >= 0.2 && soon.NeededNanos > month);

        forecast.Organisation.Allocations.Add(new Allocation
        {
            WalletId = "wal_team_support", AmountNanos = 4_000_000_000_000, State = AllocationState.Planned, Recurrence = Recurrence.Once, DueAt = Utc("2026-07-01T00:00:00").ToTimestampUtc(),
        });
        Assert.DoesNotContain((await forecast.Get<Diagnose>().RunAsync(new DiagnoseRequest(), Cancellation)).Findings, finding => finding.Rule == "wallet_at_risk");
    }

    [Theory]
    [InlineData(0, "2026-06-03T00:00:00", false)] // Not used yet, and money since a week ago.
    [InlineData(0, "2026-05-03T00:00:00", true)]
    [InlineData(13, "2026-05-03T00:00:00", false)]
    [InlineData(14, "2026-06-03T00:00:00", true)]
    public async Task What_a_new_team_was_given_is_not_to_be_reclaimed_before_anybody_can_say_what_it_needs(int days, string funded, bool isReclaimed)
    {
        _forecast.Organisation.Teams.Add("team_new");
        _forecast.Organisation.Funds.Add("team_new", 4_000_000_000_000);
        await _forecast.Get<ControlStore>().AddAsync(new ControlEvent(Guid.CreateVersion7(), Utc(funded), ControlEvent.Allocation, "team_new", "wal_team_new", "key_1", "allocate"), Now, Cancellation);
        await _forecast.Get<ControlStore>().AddAsync(new ControlEvent(Guid.CreateVersion7(), Utc("2026-06-09T00:00:00"), ControlEvent.Allocation, "team_new", "wal_team_new", "key_1", "allocate"), Now, Cancellation);
        await _forecast.Usage.AddAsync(Batch([.. Enumerable.Range(-days, days).Select(day => Call(Now.AddDays(day), 1_000_000_000, "team_new"))]), Now, Cancellation);
        var report = await _forecast.Get<Diagnose>().RunAsync(new DiagnoseRequest { TeamId = "team_new" }, Cancellation);

        Assert.Equal(isReclaimed, report.Findings.Any(finding => finding.Rule == "money_to_reclaim"));
    }

    private static string Day(Google.Protobuf.WellKnownTypes.Timestamp moment) => moment.ToDateTime().ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private Task<VarianceReport> AskAsync(GetVarianceRequest request) => _forecast.Get<GetVariance>().RunAsync(request, Cancellation);
}
