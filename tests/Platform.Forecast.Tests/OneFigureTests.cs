using System.Text.Json;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Publishing;
using Platform.Forecast.Series;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class OneFigureTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = Utc("2026-06-10T15:20:00");
    private ForecastFixture _forecast = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _forecast = await ForecastFixture.CreateAsync(Now, Cancellation);
        _forecast.Organisation.Teams.AddRange(["team_search", "team_support"]);
        _forecast.Organisation.Funds.Add("team_search", 40_000_000_001);
        _forecast.Organisation.Funds.Add("team_support", 25_000_000_003);
        _forecast.Organisation.Prices.Add(new PriceRow { Provider = "openai", Model = "gpt-4o-mini", Tier = "standard", Currency = "USD", InputPerMillion = 150_000_000 });
        await _forecast.AddHistoryAsync(Now, 50, Cancellation, ("team_search", "interactive", 1), ("team_support", "interactive", 2), ("team_support", "batch", 3));

        await _forecast.Get<ChangePlan>().SetAsync(
            new SetItemRequest
            {
                IdempotencyKey = "launch",
                Item = new PlanItem
                {
                    PlanId = "launch", Name = "Launch", TeamId = "team_support", Workload = "new", Model = "gpt-4o-mini", StartsOn = "2026-06-20", CallsPerDay = 1001, InputTokens = 777,
                    ProbabilityPpm = 700_000,
                },
            },
            "key_1", Cancellation);
    }

    public async ValueTask DisposeAsync() => await _forecast.DisposeAsync();

    [Fact]
    public async Task The_daily_series_says_what_of_a_day_has_no_price_and_what_was_imported()
    {
        await _forecast.Usage.AddAsync(Batch(Call(Now, null), Call(Now, 40, funding: FundingClass.History)), Now, Cancellation);
        var today = (await _forecast.Get<GetSeries>().RunAsync(new GetSeriesRequest { TeamId = "team_support" }, Cancellation)).Days[^1];

        Assert.Equal(("2026-06-10", 4, 1, 40, 2 * 123_456_789 + 40), (today.Date, today.Calls, today.UnpricedCalls, today.ImportedNanos, today.CostNanos));
    }

    [Theory]
    [InlineData("")]
    [InlineData("team_support")]
    public async Task One_forecast_asks_for_no_wallets_but_those_that_pay_for_it(string team)
    {
        _forecast.Organisation.Wallets.AddRange(Enumerable.Range(1, 50).Select(number => new Contracts.Wallet.V1.WalletView
        {
            WalletId = $"wal_team_search.user.u{number}", TeamId = "team_search", UserId = $"u{number}", AvailableNanos = 1_000_000, LeasedUndrawnNanos = 2, OverageNanos = 3,
        }));
        var told = _forecast.Organisation.WalletsTold;
        var one = await _forecast.Get<GetForecast>().RunAsync(new GetForecastRequest { TeamId = team }, Cancellation);
        Assert.Equal(1, _forecast.Organisation.WalletsTold - told);

        one.Days.Clear();
        told = _forecast.Organisation.WalletsTold;
        var ofAll = (await ListAsync(new ListForecastsRequest())).Single(view => view.TeamId == team);
        Assert.Equal(1, _forecast.Organisation.WalletsTold - told);
        ofAll.Days.Clear();
        Assert.Equal(ofAll, one);

        told = _forecast.Organisation.WalletsTold;
        var layers = await _forecast.Get<GetLayers>().RunAsync(new GetLayersRequest { TeamId = team }, Cancellation);
        Assert.Equal(team.Length == 0 ? _forecast.Organisation.Funds.Count + 50 : 1, _forecast.Organisation.WalletsTold - told);
        Assert.Contains(layers.Funds, funds => funds.TeamId == team);
    }

    [Theory]
    [InlineData("", 0, 90)]
    [InlineData("Europe/Berlin", 32, 32)]
    public async Task All_forecasts_are_those_of_each_team_at_one_moment_and_wallet_is_asked_once(string zone, int days, int shown)
    {
        _forecast.Organisation.Teams.Add("team_idle");
        await _forecast.Usage.AddAsync(Batch(Call(Now.AddDays(-3), 40_000_000, funding: FundingClass.History)), Now, Cancellation);
        var asked = _forecast.Organisation.WalletsAsked;
        var views = await ListAsync(new ListForecastsRequest { TimeZone = zone, Days = days });

        Assert.Equal(1, _forecast.Organisation.WalletsAsked - asked);
        Assert.Equal(["", "team_idle", "team_search", "team_support"], views.Select(view => view.TeamId));
        Assert.Equal(views[0].MonthToDateNanos, views.Skip(1).Sum(view => view.MonthToDateNanos));
        foreach (var view in views)
        {
            var alone = await _forecast.Get<GetForecast>().RunAsync(new GetForecastRequest { TeamId = view.TeamId, TimeZone = zone }, Cancellation);
            Assert.Equal(alone.Status == ForecastStatus.Ready ? shown : 0, view.Days.Count);
            Assert.Equal(alone.Days.Take(shown), view.Days);
            alone.Days.Clear();
            view.Days.Clear();
            Assert.Equal(alone, view);
        }

        Assert.Contains("of the spend seen is imported history", views[0].Explanation, StringComparison.Ordinal);
        Assert.Contains("of the spend seen is imported history", views[3].Explanation, StringComparison.Ordinal);
        Assert.DoesNotContain("imported", views[2].Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_team_that_wallet_no_longer_lists_keeps_its_line_so_that_amounts_add_up()
    {
        _forecast.Organisation.Teams.Remove("team_search");
        var views = await ListAsync(new ListForecastsRequest { Days = 1 });

        Assert.Equal(["", "team_search", "team_support"], views.Select(view => view.TeamId));
        Assert.True(views[1].MonthToDateNanos > 0);
        Assert.Equal(views[0].MonthToDateNanos, views.Skip(1).Sum(view => view.MonthToDateNanos));
    }

    [Fact]
    public async Task A_list_of_forecasts_lets_go_of_its_thread_before_each_line()
    {
        await using var lines = _forecast.Get<ListForecasts>().RunAsync(new ListForecastsRequest { Days = 1 }, Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await lines.MoveNextAsync());

        // What is asked for from a context is worked out in a later turn of it, and not within the question.
        var before = SynchronizationContext.Current;
        var turns = new Turns();
        try
        {
            SynchronizationContext.SetSynchronizationContext(turns);
            var next = lines.MoveNextAsync();
            Assert.False(next.IsCompleted);
            Assert.NotEmpty(turns.Waiting);
            turns.Waiting.Dequeue()();
            Assert.True(next.IsCompletedSuccessfully);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    [Theory]
    [InlineData(-1, "")]
    [InlineData(91, "")]
    [InlineData(1, "Mars/Olympus")]
    public async Task A_list_of_forecasts_without_sense_is_refused(int days, string zone) =>
        Assert.Equal(Grpc.Core.StatusCode.InvalidArgument, (await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => ListAsync(new ListForecastsRequest { Days = days, TimeZone = zone }))).StatusCode);

    [Theory]
    [InlineData("")]
    [InlineData("team_support")]
    public async Task Forecast_layers_and_event_say_the_same_to_the_nano(string team)
    {
        var view = await _forecast.Get<GetForecast>().RunAsync(new GetForecastRequest { TeamId = team }, Cancellation);
        var layers = await _forecast.Get<GetLayers>().RunAsync(new GetLayersRequest { TeamId = team }, Cancellation);
        var (month, funds) = (layers.Periods[0], layers.Funds.Single(outlook => outlook.TeamId == team));
        var total = month.Layers.Single(figures => figures.Layer == Layer.Total);

        Assert.Equal(ForecastStatus.Ready, view.Status);
        Assert.Equal((month.PeriodStart, month.PeriodEnd, total.ToDateNanos), (view.PeriodStart, view.PeriodEnd, view.MonthToDateNanos));
        Assert.Equal((total.P10Nanos, total.P50Nanos, total.P90Nanos), (view.MonthEndP10Nanos, view.MonthEndP50Nanos, view.MonthEndP90Nanos));
        Assert.True(month.Layers.Single(figures => figures.Layer == Layer.Planned).ExpectedNanos > 0);
        Assert.Contains("One plan item is in it.", view.Explanation, StringComparison.Ordinal);

        Assert.Equal((funds.AvailableNanos, funds.Expected, funds.Early), (view.WalletAvailableNanos, view.WalletExhaustedAt, view.WalletExhaustedEarlyAt));
        Assert.NotNull(view.WalletExhaustedAt);

        var published = await PublishAsync();
        var ahead = published.Scopes.Single(scope => scope.TeamId == team).Ahead;
        foreach (var period in layers.Months)
        {
            var end = ahead.Single(day => day.To == period.PeriodEnd.ToDateTimeOffset());
            if (period.PeriodStart == view.PeriodStart)
            {
                Assert.Equal((total.P10Nanos, total.P50Nanos, total.P90Nanos), (view.MonthToDateNanos + end.P10Nanos, view.MonthToDateNanos + end.P50Nanos, view.MonthToDateNanos + end.P90Nanos));
            }
        }

        // What today has spent and what is left of it is today's figure.
        Assert.Equal(view.Days[0].P50Nanos, ahead[0].P50Nanos + (team.Length == 0 ? 3 : 2) * 123_456_789);
        Assert.Equal(Now, published.AsOf);
    }

    [Fact]
    public async Task A_team_with_a_short_history_is_said_to_have_one_and_what_is_planned_is_in_the_organisations_figure()
    {
        _forecast.Organisation.Teams.Add("team_young");
        await _forecast.Usage.AddAsync(Batch([.. Enumerable.Range(1, 5).Select(day => Call(Now.AddDays(-day), 1_000_000_000, "team_young"))]), Now, Cancellation);
        var view = await _forecast.Get<GetForecast>().RunAsync(new GetForecastRequest { TeamId = "team_young" }, Cancellation);

        Assert.Equal((ForecastStatus.HistoryTooShort, 0, 5_000_000_000), (view.Status, view.MonthEndP50Nanos, view.MonthToDateNanos));
        Assert.StartsWith("There are 5 full days with usage; a forecast needs 14. With usage on every day from today on there will be one from 2026-06-19.", view.Explanation, StringComparison.Ordinal);
        Assert.Null(view.WalletExhaustedAt);
        Assert.Empty((await PublishAsync()).Scopes.Single(scope => scope.TeamId == "team_young").Ahead);
    }

    [Fact]
    public async Task Another_time_zone_has_the_months_and_days_of_its_own_and_leaves_the_forecast_in_utc_as_it_was()
    {
        var before = await _forecast.Get<GetForecast>().RunAsync(new GetForecastRequest(), Cancellation);
        var berlin = await _forecast.Get<GetForecast>().RunAsync(new GetForecastRequest { TimeZone = "Europe/Berlin" }, Cancellation);

        Assert.Equal(Utc("2026-06-30T22:00:00").ToTimestampUtc(), berlin.PeriodEnd);
        Assert.Equal(before, await _forecast.Get<GetForecast>().RunAsync(new GetForecastRequest(), Cancellation));
    }

    private sealed class Turns : SynchronizationContext
    {
        public Queue<Action> Waiting { get; } = [];

        public override void Post(SendOrPostCallback d, object? state) => Waiting.Enqueue(() => d(state));
    }

    private async Task<List<ForecastView>> ListAsync(ListForecastsRequest request)
    {
        var views = new List<ForecastView>();
        await foreach (var view in _forecast.Get<ListForecasts>().RunAsync(request, Cancellation))
        {
            views.Add(view);
        }

        return views;
    }

    private async Task<ForecastPublished> PublishAsync()
    {
        Assert.NotNull(await _forecast.Get<PublishForecasts>().RunAsync(Cancellation));
        await using var command = _forecast.DataSource.CreateCommand("SELECT body FROM outbox WHERE message_type LIKE '%ForecastPublished' ORDER BY outbox_id DESC LIMIT 1");
        return JsonSerializer.Deserialize<ForecastPublished>((string)(await command.ExecuteScalarAsync(Cancellation))!, JsonSerializerOptions.Web)!;
    }
}
