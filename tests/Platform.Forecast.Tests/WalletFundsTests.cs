using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Projection;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class WalletFundsTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = Utc("2026-06-10T15:20:00");
    private ForecastFixture _forecast = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _forecast = await ForecastFixture.CreateAsync(Now, Cancellation);
        _forecast.Organisation.Teams.AddRange(["team_search", "team_support"]);
        _forecast.Organisation.Funds.Add("team_search", 40_000_000_001);
        _forecast.Organisation.Funds.Add("team_support", 1_000_000_000_000);
        await _forecast.AddHistoryAsync(Now, 50, Cancellation, ("team_search", "interactive", 1), ("team_support", "interactive", 2));
    }

    public async ValueTask DisposeAsync() => await _forecast.DisposeAsync();

    /// <param name="charged">What was charged for Ada without tokens on each of the last days: nobody's pace.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(500_000_000_000)]
    [InlineData(-500_000_000_000)]
    public async Task A_teams_wallets_have_futures_of_their_own_by_what_their_callers_spent(long charged)
    {
        AddCallers();
        if (charged != 0)
        {
            _forecast.Organisation.CallersAdjusted.AddRange(Enumerable.Range(1, 14).Select(day => ("ada", "", Now.AddDays(-day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), charged)));
        }

        _forecast.Organisation.Wallets.AddRange(
        [
            new WalletView { WalletId = "wal_ada", TeamId = "team_support", UserId = "ada", Name = "Ada", AvailableNanos = 1, LeasedUndrawnNanos = 10_000_000_000 },
            new WalletView { WalletId = "wal_bot", TeamId = "team_support", ApplicationId = "bot", AvailableNanos = 5_000_000_000 },
            new WalletView { WalletId = "wal_eve", TeamId = "team_support", UserId = "eve", AvailableNanos = 5 },
        ]);

        var answer = await ReadAsync("team_support");
        var (team, ada, bot, eve) = answer.Wallets.ToArray() switch { var all => (all[0], all[1], all[2], all[3]) };

        Assert.Equal(["wal_team_support", "wal_ada", "wal_bot", "wal_eve"], answer.Wallets.Select(wallet => wallet.WalletId));
        Assert.Equal(("ada", "", "Ada", 10_000_000_001), (ada.UserId, ada.ApplicationId, ada.Name, ada.Funds.AvailableNanos));
        Assert.Equal("bot", bot.ApplicationId);

        // Twice as much money for twice as much spend lasts as long.
        Assert.Equal(ada.Funds.Expected.ToDateTimeOffset(), bot.Funds.Expected.ToDateTimeOffset(), TimeSpan.FromHours(12));
        Assert.True(ada.Funds.Early <= ada.Funds.Expected && ada.Funds.Expected <= ada.Funds.Late);
        Assert.Equal(0.5, ada.Funds.NeededNextMonthNanos / (double)answer.Funds.Single().NeededNextMonthNanos, 0.05);
        Assert.Equal(0.25, team.Funds.NeededNextMonthNanos / (double)answer.Funds.Single().NeededNextMonthNanos, 0.05);
        Assert.Equal((0, null), (eve.Funds.ExhaustedNextMonth, eve.Funds.Early));
        Assert.Contains("nothing is expected", eve.Note, StringComparison.Ordinal);

        // What is over does not change: it is asked for once, and balances are those of now.
        var asked = _forecast.Organisation.CallersAsked;
        _forecast.Organisation.Wallets[0].AvailableNanos = 0;
        var again = await ReadAsync("team_support");
        Assert.Equal(asked, _forecast.Organisation.CallersAsked);
        Assert.Equal(10_000_000_000, again.Wallets[1].Funds.AvailableNanos);
    }

    [Fact]
    public async Task What_is_planned_and_what_ends_is_read_and_told()
    {
        var without = (await ReadAsync("team_search")).Funds.Single();
        _forecast.Organisation.Allocations.Add(new Allocation
        {
            WalletId = "wal_team_search", AmountNanos = 900_000_000_000, State = AllocationState.Planned, Recurrence = Recurrence.Monthly, AtEnd = PeriodEnd.RollOver,
            DueAt = Utc("2026-06-11T00:00:00").ToTimestampUtc(),
        });
        var (layers, single) = (await ReadAsync("team_search"), await _forecast.Get<GetForecast>().RunAsync(new GetForecastRequest { TeamId = "team_search" }, Cancellation));
        var funds = layers.Funds.Single();

        Assert.True(without.ExhaustedNextMonth > funds.ExhaustedNextMonth);
        Assert.Equal("Counted: 900.00 comes for a time on 2026-06-11; 900.00 comes for a time on 2026-07-01; 900.00 comes for a time on 2026-08-01.", funds.CalendarNote);
        Assert.Equal(funds.Expected, single.WalletExhaustedAt);
        Assert.Equal(funds.Early, single.WalletExhaustedEarlyAt);
        Assert.Equal(layers.Wallets.Single().Funds.ExhaustedNextMonth, funds.ExhaustedNextMonth);
    }

    [Fact]
    public async Task What_is_planned_is_counted_however_much_was_planned_after_it()
    {
        var without = (await ReadAsync("team_search")).Funds.Single();
        foreach (var wallet in (string[])["wal_team_support", "wal_team_support", "wal_team_search"])
        {
            _forecast.Organisation.Allocations.Add(new Allocation
            {
                WalletId = wallet, AmountNanos = 900_000_000_000, State = AllocationState.Planned, Recurrence = Recurrence.Once, DueAt = Utc("2026-06-11T00:00:00").ToTimestampUtc(),
            });
        }

        _forecast.Organisation.AllocationsAPage = 1;
        var told = _forecast.Organisation.AllocationsTold;
        var with = (await ReadAsync("team_search")).Funds.Single();

        Assert.True(without.ExhaustedNextMonth > with.ExhaustedNextMonth);
        Assert.Equal("Counted: 900.00 comes on 2026-06-11.", with.CalendarNote);

        // What other teams are to get is not asked for.
        Assert.Equal(1, _forecast.Organisation.AllocationsTold - told);
    }

    [Theory]
    [InlineData("")]
    [InlineData("team_search")]
    public async Task A_teams_only_wallet_has_the_futures_of_its_team_and_nobody_is_asked_for_callers(string team)
    {
        var answer = await ReadAsync(team);
        var wallet = answer.Wallets[0];

        Assert.Equal(("wal_team_search", 0), (wallet.WalletId, _forecast.Organisation.CallersAsked));
        var whole = answer.Funds.Single(funds => funds.TeamId == "team_search").Clone();
        Assert.Equal(0, whole.RefusedThisMonthNanos + whole.RefusedNextMonthNanos);
        whole.ClearRefusedThisMonthNanos();
        whole.ClearRefusedNextMonthNanos();
        Assert.Equal(whole, wallet.Funds);
        Assert.Contains("all of the team", wallet.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_organisation_has_the_futures_of_every_wallet_as_its_team_has_them()
    {
        AddCallers();
        _forecast.Organisation.Wallets.Add(new WalletView { WalletId = "wal_ada", TeamId = "team_support", UserId = "ada", AvailableNanos = 10_000_000_000 });
        var (all, asked) = (await ReadAsync(""), _forecast.Organisation.CallersAsked);

        Assert.Equal(["wal_team_search", "wal_team_support", "wal_ada"], all.Wallets.Select(wallet => wallet.WalletId));
        Assert.Equal([.. (await ReadAsync("team_search")).Wallets, .. (await ReadAsync("team_support")).Wallets], all.Wallets);
        Assert.True(asked > 0);
        Assert.Equal(asked, _forecast.Organisation.CallersAsked);
    }

    [Theory]
    [InlineData(120)]
    [InlineData(30)]
    [InlineData(2)]
    public async Task A_team_with_more_callers_than_one_answer_has_room_for_is_asked_for_in_parts(int mostRows)
    {
        AddCallers();
        _forecast.Organisation.Wallets.AddRange(
        [
            new WalletView { WalletId = "wal_ada", TeamId = "team_support", UserId = "ada", AvailableNanos = 10_000_000_000 },
            new WalletView { WalletId = "wal_bob", TeamId = "team_support", UserId = "bob", AvailableNanos = 10_000_000_000 },
            new WalletView { WalletId = "wal_bot", TeamId = "team_support", ApplicationId = "bot", AvailableNanos = 10_000_000_000 },
        ]);
        var whole = await ReadAsync("team_support");
        await using var other = _forecast.Services();
        _forecast.Organisation.MostCallerRows = mostRows;
        var asked = _forecast.Organisation.CallersAsked;
        var parts = await Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<GetLayers>(other).RunAsync(new GetLayersRequest { TeamId = "team_support" }, Cancellation);

        Assert.Equal(whole.Wallets, parts.Wallets);
        Assert.True(_forecast.Organisation.CallersAsked > asked + 2);

        // A day of one caller that is too large for any answer is refused as it is.
        _forecast.Organisation.MostCallerRows = 0;
        await using var third = _forecast.Services();
        var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<GetLayers>(third)
            .RunAsync(new GetLayersRequest { TeamId = "team_support" }, Cancellation));
        Assert.Equal(Reasons.TooManyRows, RpcErrors.ReasonOf(refused));
    }

    [Fact]
    public async Task A_wallet_of_a_team_without_one_of_its_own_pays_for_its_calls_alone()
    {
        AddCallers();
        _forecast.Organisation.Funds.Remove("team_support");
        _forecast.Organisation.Wallets.Add(new WalletView { WalletId = "wal_ada", TeamId = "team_support", UserId = "ada", AvailableNanos = 10_000_000_000 });
        var answer = await ReadAsync("team_support");
        var ada = Assert.Single(answer.Wallets);

        Assert.Equal("wal_ada", ada.WalletId);
        Assert.Equal(0.5, ada.Funds.NeededNextMonthNanos / (double)answer.Funds.Single().NeededNextMonthNanos, 0.05);
    }

    [Fact]
    public async Task A_price_that_doubled_yesterday_is_in_the_wallet_and_the_budget_of_whom_uses_its_model()
    {
        // Ada uses the one, Bob the other, as much until yesterday.
        PriceRow Row(long id, long rate, DateTimeOffset? from, DateTimeOffset? to) => new()
        {
            PriceId = id, Provider = "openai", Model = "gpt-4o-mini", Currency = "USD", InputPerMillion = rate, OutputPerMillion = rate, EffectiveFrom = from?.ToTimestampUtc(), EffectiveTo = to?.ToTimestampUtc(),
        };
        var (team, doubled, organisation) = ("team_two", Utc("2026-06-09T00:00:00"), _forecast.Organisation);
        organisation.Prices.AddRange([Row(1, 1_000_000_000, null, doubled), Row(2, 2_000_000_000, doubled, null)]);
        organisation.Teams.Add(team);
        (organisation.ModelsOfUsers["ada"], organisation.ModelsOfUsers["bob"]) = ("gpt-4o-mini", "gpt-4o");
        foreach (var user in (string[])["ada", "bob"])
        {
            organisation.Wallets.Add(new WalletView { WalletId = $"wal_{user}", TeamId = team, UserId = user, AvailableNanos = 100_000_000_000 });
            var spent = Enumerable.Range(1, 50).Select(day => (At: Now.AddDays(-day), Nanos: user == "ada" && day == 1 ? 200_000_000L : 100_000_000)).ToArray();
            await _forecast.Usage.AddAsync(Batch([.. spent.Select(day => Call(day.At, day.Nanos, team, organisation.ModelsOfUsers[user]))]), Now, Cancellation);
            organisation.Callers.AddRange(spent.Select(day => (user, "", On(day.At), day.Nanos)));
            organisation.BudgetDays.Add(new BudgetDays { BudgetId = user, Days = { spent.Select(day => new BudgetDay { Day = On(day.At), SpentNanos = day.Nanos }) } });
            organisation.Budgets.Add(new BudgetView
            {
                BudgetId = user, Name = user, Scope = new BudgetScope { TeamId = team, UserId = user }, Period = BudgetPeriod.Month, AmountNanos = user == "ada" ? 3_600_000_000 : 2_500_000_000,
                SpentNanos = 0, PeriodTo = Utc("2026-07-01T00:00:00").ToTimestampUtc(),
            });
        }

        var answer = await ReadAsync(team);
        var (ada, bob) = (answer.Wallets.Single(wallet => wallet.UserId == "ada"), answer.Wallets.Single(wallet => wallet.UserId == "bob"));

        Assert.Equal(2, ada.Funds.NeededNextMonthNanos / (double)bob.Funds.NeededNextMonthNanos, 0.1);

        // At 0.2 a day for the twenty days that are left, and at 0.1.
        Assert.InRange(answer.Budgets.Single(budget => budget.BudgetId == "ada").Crossing, 0.9, 1);
        Assert.InRange(answer.Budgets.Single(budget => budget.BudgetId == "bob").Crossing, 0, 0.1);

        static string On(DateTimeOffset moment) => moment.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    /// <summary>Half of what the team spends is Ada's, by whatever application; half of the rest the bot's. Ada's calls by the bot are hers.</summary>
    private void AddCallers()
    {
        foreach (var (dollars, day) in Synthetic.Team(2, 50).Select((dollars, day) => (dollars, day)))
        {
            var (on, nanos) = (Now.AddDays(day - 50).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), (long)(dollars * 1e8));
            _forecast.Organisation.Callers.AddRange([("ada", "bot", on, nanos / 4), ("ada", "", on, nanos / 4), ("bob", "bot", on, nanos / 4), ("bob", "", on, nanos / 4)]);
        }
    }

    private Task<LayeredForecast> ReadAsync(string team) => _forecast.Get<GetLayers>().RunAsync(new GetLayersRequest { TeamId = team }, Cancellation);
}
