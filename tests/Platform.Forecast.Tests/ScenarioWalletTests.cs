using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Planning;
using Platform.Forecast.Scenarios;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>What scenarios make of the wallets of a team that has several.</summary>
public sealed class ScenarioWalletTests
{
    private const long Dollar = 1_000_000_000;
    private const string Team = "team_a";

    // Four dollars a day, always: a quarter of it Ada's, a quarter the bot's.
    private static readonly SegmentSeries Series = new(new SegmentKey(Team, "batch", "realtime"), June.Today.AddDays(-100), [.. Enumerable.Repeat(Day(4), 100)]);

    private static readonly WalletView[] Wallets =
    [
        new WalletView { WalletId = "wal_team", TeamId = Team, AvailableNanos = 50 * Dollar }, new WalletView { WalletId = "wal_ada", TeamId = Team, UserId = "ada", AvailableNanos = 10 * Dollar },
        new WalletView { WalletId = "wal_bot", TeamId = Team, ApplicationId = "bot", AvailableNanos = 8 * Dollar, LeasedUndrawnNanos = 2 * Dollar },
    ];

    private static readonly WhatIfCase Case = WhatIfCase.Of(Now(Ahead(June, Series)), ("openai", "gpt-4o", 1.0)) with
    {
        Funds = new Dictionary<string, long> { [""] = 70 * Dollar, [Team] = 70 * Dollar }, Wallets = Wallets, Paying = new Dictionary<string, TeamWallets> { [Team] = Paying },
    };

    private static TeamWallets Paying
    {
        get
        {
            SharedWallet[] shared = [Shared(Wallets[1], 0.25), Shared(Wallets[2], 0.25), Shared(Wallets[0], 0.5)];
            var cumulated = WalletPaths.Cumulate(WalletOutlooks.DaysOf(June), shared);
            return new TeamWallets(shared, () => cumulated);
        }
    }

    [Fact]
    public void A_users_wallet_that_gets_more_lasts_longer_and_the_teams_own_has_less()
    {
        var answer = Case.Answer("wallet team=team_a user=ada amount=+10");
        var (own, ada) = (answer.Wallets[0], answer.Wallets[1]);

        Assert.Equal(["wal_team", "wal_ada"], answer.Wallets.Select(wallet => wallet.Scenario.WalletId));
        Assert.Equal((10 * Dollar, 20 * Dollar), (ada.Forecast.Funds.AvailableNanos, ada.Scenario.Funds.AvailableNanos));
        Assert.Equal((50 * Dollar, 40 * Dollar), (own.Forecast.Funds.AvailableNanos, own.Scenario.Funds.AvailableNanos));

        // A dollar a day.
        Assert.InRange((ada.Scenario.Funds.Expected - ada.Forecast.Funds.Expected).ToTimeSpan().TotalDays, 9.5, 10.5);
        Assert.Empty(answer.Funds);
        Assert.Empty(answer.Teams);
    }

    [Fact]
    public void What_spend_becomes_is_seen_in_each_wallet_that_pays_for_it()
    {
        var answer = Case.Answer("price provider=openai change=+100%");

        Assert.Equal(["wal_team", "wal_ada", "wal_bot"], answer.Wallets.Select(wallet => wallet.Scenario.WalletId));
        Assert.All(answer.Wallets, wallet => Assert.Equal(2, wallet.Scenario.Funds.NeededNextMonthNanos / (double)wallet.Forecast.Funds.NeededNextMonthNanos, 0.001));
        Assert.All(answer.Wallets, wallet => Assert.True(wallet.Scenario.Funds.Expected < wallet.Forecast.Funds.Expected));
        Assert.Equal(answer.Funds.Single(funds => funds.Scenario.Outlook.TeamId == Team).Scenario.Outlook.AvailableNanos, answer.Wallets.Sum(wallet => wallet.Scenario.Funds.AvailableNanos));
    }

    [Fact]
    public void What_is_planned_beside_is_paid_by_the_teams_own()
    {
        var planned = Case.Answer("plan id=launch team=team_a workload=batch model=gpt-4o provider=openai starts=2026-06-15 calls_per_day=4000 input_tokens=1000 name=\"Launch\"");

        Assert.True(planned.Wallets[0].Scenario.Funds.NeededNextMonthNanos > 1.5 * planned.Wallets[0].Forecast.Funds.NeededNextMonthNanos);
        Assert.All(planned.Wallets.Skip(1), wallet => Assert.Equal(wallet.Forecast, wallet.Scenario));
    }

    [Theory]
    [InlineData("wallet team=team_a amount=+5", 55, 10, 10)]
    [InlineData("wallet team=team_a amount=-55", 0, 5, 10)]
    [InlineData("wallet team=team_a amount=0", 0, 0, 0)]
    [InlineData("wallet team=team_a application=bot amount=-10", 60, 10, 0)]
    [InlineData("wallet team=team_a user=ada amount=+100%", 40, 20, 10)]
    public void Money_moves_between_the_wallets_of_a_team_and_what_is_above_them(string line, long own, long ada, long bot)
    {
        var amounts = Moved(line).Amounts;

        Assert.Equal((own * Dollar, ada * Dollar, bot * Dollar), (amounts["wal_team"], amounts["wal_ada"], amounts["wal_bot"]));
    }

    [Theory]
    [InlineData("wallet team=team_a user=ada amount=+51", "it comes out of the team's own wallet, which has 50.00 USD available")]
    [InlineData("wallet team=team_a application=bot amount=-11", "wallet wal_bot has 10.00 USD available, of which no more can be taken")]
    [InlineData("wallet team=team_a user=bob amount=+5", "user bob has no wallet in team team_a")]
    public void What_cannot_be_moved_is_said(string line, string problem) => Assert.Contains(problem, Assert.Single(Case.Problems(line)), StringComparison.Ordinal);

    [Fact]
    public void A_deed_names_whose_wallet_it_is()
    {
        var deeds = new ScenarioDeeds("s", "EUR", PlanBook.Empty, Wallets, [], DateTimeOffset.UnixEpoch);
        string Deed(string line) => deeds.Of(ScenarioCheck.Read(new Scenario { Name = "s", Changes = { line } }, [])).Single().Commands.Single();

        Assert.Equal("kt wallets allocate --team team_a --user ada --amount 5.00 --currency EUR", Deed("wallet team=team_a user=ada amount=+5"));
        Assert.Equal("kt wallets reclaim --team team_a --application bot --amount 4.00 --currency EUR", Deed("wallet team=team_a application=bot amount=6"));
    }

    [Fact]
    public void What_the_organisations_own_wallet_has_too_little_of_is_said()
    {
        var known = Case with
        {
            Funds = new Dictionary<string, long> { [""] = 80 * Dollar, [Team] = 70 * Dollar },
            Wallets = [new WalletView { WalletId = "wal_organisation", AvailableNanos = 10 * Dollar }, .. Wallets],
        };
        const string less = "The organisation's own wallet has 7.00 USD available, 93.00 less than it would give: so much has to be credited before, and is counted in the figures of all wallets here.";

        var answer = known.Answer("wallet team=team_a amount=+3", "wallet team=team_a amount=+100");
        var changes = answer.Changes;
        Assert.Equal([("", 173 * Dollar), (Team, 173 * Dollar)], answer.Funds.Select(one => (one.Scenario.Outlook.TeamId, one.Scenario.Outlook.AvailableNanos)));
        Assert.DoesNotContain(changes[0].RestsOn, sentence => sentence.StartsWith("The organisation's own", StringComparison.Ordinal));
        Assert.Contains(less, changes[1].RestsOn);
        Assert.DoesNotContain(known.Answer("wallet amount=+100", "wallet team=team_a amount=+100").Changes[1].RestsOn, sentence => sentence.StartsWith("The organisation's own", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_wallet_gets_repays_its_overage_first()
    {
        WalletView[] wallets =
        [
            new WalletView { WalletId = "wal_organisation", AvailableNanos = 900 * Dollar }, new WalletView { WalletId = "wal_team", TeamId = Team, OverageNanos = 300 * Dollar },
            new WalletView { WalletId = "wal_ada", TeamId = Team, UserId = "ada", OverageNanos = 20 * Dollar },
        ];
        var moved = MovedMoney.Of(
            ScenarioCheck.Read(new Scenario { Name = "s", Changes = { "wallet team=team_a amount=+500", "wallet team=team_a user=ada amount=+50" } }, []), wallets, "USD");

        Assert.Equal((400 * Dollar, 150 * Dollar, 30 * Dollar), (moved.Amounts["wal_organisation"], moved.Amounts["wal_team"], moved.Amounts["wal_ada"]));
        Assert.Equal((0, 0), (moved.Overage["wal_team"], moved.Overage["wal_ada"]));

        // The sum of the team is told of its own wallet's, and that of all too.
        var funds = (Case with { Funds = new Dictionary<string, long> { [""] = 900 * Dollar, [Team] = 0 }, Wallets = wallets }).Answer("wallet team=team_a amount=+500").Funds;
        Assert.Equal([("", 600 * Dollar), (Team, 200 * Dollar)], funds.Select(one => (one.Scenario.Outlook.TeamId, one.Scenario.Outlook.AvailableNanos)));

        // What repaid it cannot be taken again.
        var owing = Case with { Funds = new Dictionary<string, long> { [Team] = 0 }, Wallets = wallets };
        Assert.Empty(owing.Problems("wallet team=team_a amount=+500", "wallet team=team_a amount=-200"));
        Assert.Contains("have 200.00 USD available, of which no more can be taken", Assert.Single(owing.Problems("wallet team=team_a amount=+500", "wallet team=team_a amount=-201")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(600, 200, "wallet team=team_a amount=+500")]
    [InlineData(580, 180, "wallet team=team_a amount=+500", "wallet team=team_a user=ada amount=+50")]
    [InlineData(990, 0, "wallet amount=+100")]
    [InlineData(690, 600, "wallet amount=+100", "wallet team=team_a amount=+900")]
    [InlineData(700, 700, "wallet team=team_a amount=+1000")] // A hundred of it are credited before, beside the ten that repay.
    [InlineData(1000, 1000, "wallet team=team_a amount=+1300")]
    [InlineData(990, 200, "wallet team=team_a amount=+500", "wallet amount=1000")] // 600 and 400, ten of which repay.
    [InlineData(690, 200, "wallet amount=1000", "wallet team=team_a amount=+500")]
    [InlineData(650, 200, "wallet team=team_a amount=+500", "wallet amount=+10%")]
    [InlineData(500, 200, "wallet team=team_a amount=+500", "wallet amount=-100")]
    [InlineData(500, 200, "wallet team=team_a amount=+500", "wallet amount=-100", "wallet amount=500")]
    [InlineData(500, 0, "wallet amount=-100", "wallet amount=500")]
    [InlineData(480, 80, "wallet team=team_a amount=+500", "wallet team=team_a user=ada amount=+50", "wallet team=team_a amount=-100", "wallet amount=480")]
    [InlineData(1000, 1000, "wallet team=team_a amount=+500", "wallet team=team_a user=ada amount=+50", "wallet team=team_a amount=1000")]
    [InlineData(590, 100, "wallet team=team_a amount=+500", "wallet team=team_a amount=-100")] // What comes back repays the organisation's ten.
    public void Sums_of_wallets_are_what_their_wallets_come_to_also_where_overage_is_repaid_in_one(long all, long team, params string[] lines)
    {
        WalletView[] wallets =
        [
            new WalletView { WalletId = "wal_organisation", AvailableNanos = 900 * Dollar, OverageNanos = 10 * Dollar }, new WalletView { WalletId = "wal_team", TeamId = Team, OverageNanos = 300 * Dollar },
            new WalletView { WalletId = "wal_ada", TeamId = Team, UserId = "ada", OverageNanos = 20 * Dollar },
        ];
        var money = new OrganisationFunds("", wallets, []).ByTeam(June);
        var known = Case with { Funds = money.ToDictionary(funds => funds.Key, funds => funds.Value.AvailableNanos), Wallets = wallets };
        var answer = new ScenarioAnswer();
        ScenarioMoney.AddTo(answer, known.Make(lines), known.Facts with { Funds = money }, "", 0.9, CancellationToken.None);
        var moved = MovedMoney.Of(ScenarioCheck.Read(new Scenario { Name = "s", Changes = { lines } }, []), wallets, "USD");

        // No wallet gives what is taken from the organisation.
        var taken = moved.Moves.Values.Where(move => move is { From: null, Nanos: < 0 }).Sum(move => -move.Nanos);

        foreach (var (teamId, available) in new[] { ("", all), (Team, team) })
        {
            WalletView[] own = [.. wallets.Where(wallet => teamId.Length == 0 || wallet.TeamId == teamId)];
            var told = answer.Funds.SingleOrDefault(funds => funds.Scenario.Outlook.TeamId == teamId)?.Scenario.Outlook;
            Assert.Equal(available * Dollar, told?.AvailableNanos ?? money[teamId].AvailableNanos);
            Assert.Equal(available * Dollar, moved.Sums[teamId].AvailableNanos);
            Assert.Equal(available * Dollar, own.Sum(wallet => moved.Amounts[wallet.WalletId]) - (teamId.Length == 0 ? taken : 0));
            Assert.Equal(own.Sum(wallet => moved.Overage[wallet.WalletId]), told?.OverageNanos ?? money[teamId].OverageNanos);
        }
    }

    [Theory]
    [InlineData("all wallets together have 600.00 USD available, of which no more can be taken", "wallet team=team_a amount=+500", "wallet amount=-700")]
    [InlineData("it repays overage, and the changes before it leave 100.00 USD too little for that in all wallets together", "wallet amount=-700", "wallet team=team_a amount=+500")]
    public void What_repaid_overage_is_not_there_to_be_taken_too(string problem, params string[] lines)
    {
        WalletView[] wallets = [new WalletView { WalletId = "wal_organisation", AvailableNanos = 900 * Dollar }, new WalletView { WalletId = "wal_team", TeamId = Team, OverageNanos = 300 * Dollar }];
        var owing = Case with { Funds = new Dictionary<string, long> { [""] = 900 * Dollar, [Team] = 0 }, Wallets = wallets };

        Assert.Contains(problem, Assert.Single(owing.Problems(lines)), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_team_repays_with_its_own_money_and_what_is_credited_for_one_repays_for_no_other()
    {
        WalletView[] wallets =
        [
            new WalletView { WalletId = "wal_organisation", AvailableNanos = 500 * Dollar }, new WalletView { WalletId = "wal_team", TeamId = Team, OverageNanos = 300 * Dollar },
            new WalletView { WalletId = "wal_b", TeamId = "team_b" },
        ];
        var known = Case with { Funds = new Dictionary<string, long> { [""] = 500 * Dollar, [Team] = 0, ["team_b"] = 0 }, Wallets = wallets };
        var funds = known.Answer("wallet team=team_a amount=+500", "wallet team=team_b amount=+500").Funds;

        Assert.Equal([("", 700 * Dollar), (Team, 200 * Dollar), ("team_b", 500 * Dollar)], funds.Select(one => (one.Scenario.Outlook.TeamId, one.Scenario.Outlook.AvailableNanos)));
    }

    [Fact]
    public void What_a_team_gives_back_repays_the_organisations_overage_and_what_is_credited_for_a_team_has_to_repay_it_too()
    {
        WalletView[] wallets =
        [
            new WalletView { WalletId = "wal_organisation", OverageNanos = 10 * Dollar }, new WalletView { WalletId = "wal_team", TeamId = Team, AvailableNanos = 500 * Dollar },
            new WalletView { WalletId = "wal_b", TeamId = "team_b" },
        ];
        string[] Deeds(params string[] lines) => [.. new ScenarioDeeds("s", "USD", PlanBook.Empty, wallets, [], DateTimeOffset.UnixEpoch)
            .Of(ScenarioCheck.Read(new Scenario { Name = "s", Changes = { lines } }, [])).SelectMany(deed => deed.Commands)];

        Assert.Equal(
            ["kt wallets reclaim --team team_a --amount 100.00 --currency USD", "kt wallets credit --amount 10.00 --currency USD", "kt wallets allocate --team team_b --amount 100.00 --currency USD"],
            Deeds("wallet team=team_a amount=-100", "wallet team=team_b amount=+100"));
        Assert.Equal(
            ["kt wallets credit --amount 110.00 --currency USD", "kt wallets allocate --team team_b --amount 100.00 --currency USD"], Deeds("wallet team=team_b amount=+100"));

        var known = Case with { Funds = new Dictionary<string, long> { [""] = 500 * Dollar, [Team] = 500 * Dollar, ["team_b"] = 0 }, Wallets = wallets };
        Assert.Equal((490 * Dollar, 0), known.Answer("wallet team=team_a amount=-100").Funds[0].Scenario.Outlook is var all ? (all.AvailableNanos, all.OverageNanos) : default);
        Assert.Contains(
            "The organisation's own wallet has 0.00 USD available, 100.00 less than it would give: 110.00 has to be credited before, of which 10.00 repays its own overage, and is counted in the figures of all wallets here.",
            known.Answer("wallet team=team_b amount=+100").Changes[0].RestsOn);
    }

    [Theory]
    [InlineData("amount=-50", 30, 0, 20, 470, 0)]
    [InlineData("amount=-20", 30, 10, 50, 480, 0)]
    [InlineData("amount=-50", 60, 10, 20, 450, 0)]
    [InlineData("amount=-50", 0, 0, 20, 500, 0)]
    [InlineData("amount=-50", 30, 0, 20, 461, 9)]
    public void What_users_give_back_repays_the_overage_of_their_team_on_its_way(string amount, long owed, long stillOwed, long ada, long all, long ofOrganisation)
    {
        WalletView[] wallets =
        [
            new WalletView { WalletId = "wal_organisation", AvailableNanos = 430 * Dollar, OverageNanos = ofOrganisation * Dollar }, new WalletView { WalletId = "wal_team", TeamId = Team, OverageNanos = owed * Dollar },
            new WalletView { WalletId = "wal_ada", TeamId = Team, UserId = "ada", AvailableNanos = 60 * Dollar }, new WalletView { WalletId = "wal_eve", TeamId = Team, UserId = "eve", AvailableNanos = 10 * Dollar },
        ];
        var line = $"wallet team=team_a {amount}";
        var changes = ScenarioCheck.Read(new Scenario { Name = "s", Changes = { line } }, []);
        var moved = MovedMoney.Of(changes, wallets, "USD");
        var commands = new ScenarioDeeds("s", "USD", PlanBook.Empty, wallets, [], DateTimeOffset.UnixEpoch).Of(changes).Single().Commands;

        Assert.Equal((stillOwed * Dollar, 0), (moved.Overage["wal_team"], moved.Amounts["wal_team"]));
        Assert.Equal(((ada - 10) * Dollar, 10 * Dollar, all * Dollar), (moved.Amounts["wal_ada"], moved.Amounts["wal_eve"], moved.Sums[""].AvailableNanos));
        Assert.Empty(moved.Problems);

        // As many commands as there is money to move: each does what the figures say.
        var given = 70 - ada - Math.Min(owed, 70 - ada);
        Assert.Equal(
            [$"kt wallets reclaim --team team_a --user ada --amount {70 - ada}.00 --currency USD", .. given > 0 ? new[] { $"kt wallets reclaim --team team_a --amount {given}.00 --currency USD" } : []], commands);
    }

    [Fact]
    public void What_repays_overage_alone_is_in_the_wallets_own_answer_too()
    {
        WalletView[] wallets = [new WalletView { WalletId = "wal_team", TeamId = Team, OverageNanos = 300 * Dollar }, Wallets[1], Wallets[2]];
        var paying = Paying;
        paying = paying with { Wallets = [.. paying.Wallets.SkipLast(1), new SharedWallet(wallets[0], paying.Wallets[^1].Share)] };
        var owing = Case with { Funds = new Dictionary<string, long> { [""] = 20 * Dollar, [Team] = 20 * Dollar }, Wallets = wallets, Paying = new Dictionary<string, TeamWallets> { [Team] = paying } };
        var own = Assert.Single(owing.Answer("wallet team=team_a amount=+200").Wallets);

        Assert.Equal(("wal_team", 0, 0), (own.Scenario.WalletId, own.Forecast.Funds.AvailableNanos, own.Scenario.Funds.AvailableNanos));
        Assert.Equal((300 * Dollar, 100 * Dollar), (own.Forecast.Funds.OverageNanos, own.Scenario.Funds.OverageNanos));
    }

    private static MovedMoney Moved(string line) => MovedMoney.Of(ScenarioCheck.Read(new Scenario { Name = "s", Changes = { line } }, []), Wallets, "USD");

    private static SharedWallet Shared(WalletView wallet, double share) => new(
        wallet, ScopeShare.Of([Series], Enumerable.Range(0, Series.Days.Count).ToDictionary(Series.FirstDay.AddDays, day => (long)(Series.Days[day].CostNanos * share))));
}
