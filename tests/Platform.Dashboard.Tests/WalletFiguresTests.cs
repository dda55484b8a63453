using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Dashboard.Figures;
using Platform.Dashboard.Overview;

namespace Platform.Dashboard.Tests;

public sealed class WalletFiguresTests
{
    [Fact]
    public void A_users_wallet_is_no_team()
    {
        var figures = Wallets.Of(Wallets.Organisation(held: 1), Wallets.Team("team_a", "Search", held: 10), Wallets.User("team_a", "ann", held: 100));
        Assert.Equal("wal_team_a", Assert.Single(figures.Teams).WalletId);
        Assert.Equal("wal_team_a", figures.Of("team_a")!.WalletId);
        Assert.Equal("wal_organisation", figures.Of("")!.WalletId);
        Assert.Null(figures.Of("team_b"));
    }

    [Fact]
    public void What_leases_have_not_drawn_is_available_and_the_policy_is_kept()
    {
        var view = Wallets.Team("team_a", "Search", held: 10);
        (view.LeasedUndrawnNanos, view.Policy) = (7, new WalletPolicy { Frozen = true, Observe = true });
        var line = WalletLine.From(view);
        Assert.Equal((new Money(107), new Money(3), new Money(110)), (line.Available, line.Held, line.Funded));
        Assert.True(line.Frozen && line.Policy.Observe);
    }

    [Theory]
    [InlineData("search", "Search,Search ads,Research (team_a)", 5)]
    [InlineData(" SEARCH A", "Search ads")]
    [InlineData("team_c", "Search")]
    [InlineData("re", "Research (team_a),Research (team_b)")]
    [InlineData("web", "Web search")]
    [InlineData("nobody", "")]
    [InlineData(" ", "")]
    public void A_team_is_found_by_letters_of_its_name_or_id_and_what_begins_with_them_comes_first(string text, string found, int all = -1)
    {
        var wallets = Wallets.Of(
            Wallets.Team("team_a", "Research"), Wallets.Team("team_b", "Research"), Wallets.Team("team_c", "Search"), Wallets.Team("team_d", "Search ads"), Wallets.Team("team_e", "Web search"));
        var (teams, count) = wallets.Matching(text, most: 3);
        Assert.Equal(found, string.Join(',', teams.Select(team => wallets.NameOf(team.TeamId))));
        Assert.Equal(all < 0 ? teams.Count : all, count);
    }

    [Fact]
    public void A_team_is_meant_by_its_id_and_by_a_name_that_no_other_has()
    {
        var wallets = Wallets.Of(Wallets.Team("team_a", "Research"), Wallets.Team("team_b", "Research"), Wallets.Team("team_c", "Search"));
        Assert.True(wallets.IsNamed(wallets.Of("team_c")!, "search ") && wallets.IsNamed(wallets.Of("team_a")!, "team_a"));
        Assert.False(wallets.IsNamed(wallets.Of("team_a")!, "Research"));
    }

    [Theory]
    [InlineData("team_a", "Research (team_a)")]
    [InlineData("team_b", "Research (team_b)")]
    [InlineData("team_c", "Search")]
    [InlineData("team_d", "team_d")]
    [InlineData("team_gone", "team_gone")]
    public void Teams_of_one_name_are_told_apart_by_their_ids(string teamId, string shown) => Assert.Equal(
        shown,
        Wallets.Of(Wallets.Team("team_a", "Research"), Wallets.Team("team_b", "Research"), Wallets.Team("team_c", "Search"), Wallets.Team("team_d", "")).NameOf(teamId));

    [Fact]
    public async Task The_table_nests_users_and_applications_below_their_team_and_survives_that_they_come_and_go()
    {
        await using var table = new Rendered<WalletTable>();
        var ann = Wallets.User("team_a", "ann");
        var bot = Wallets.Application("team_a", "bot");
        var all = Wallets.Of(Wallets.Organisation(), Wallets.Team("team_a", "Search"), ann, bot, Wallets.Team("team_b", "Support"), Wallets.User("team_b", "ann"));
        Assert.Equal(
            ["wal_organisation", "wal_team_a", "wal_team_a.user.ann", "wal_team_a.app.bot", "wal_team_b", "wal_team_b.user.ann"],
            Titles(await table.ShowAsync(("Wallets", all))));

        // Rows that change places are found again by their keys: two of one key would end the page.
        var fewer = Wallets.Of(Wallets.Organisation(), Wallets.Team("team_a", "Search"), bot, ann, Wallets.Team("team_b", "Support"));
        Assert.Equal(["wal_organisation", "wal_team_a", "wal_team_a.app.bot", "wal_team_a.user.ann", "wal_team_b"], Titles(await table.ShowAsync(("Wallets", fewer))));
        Assert.Equal(["wal_organisation", "wal_team_a", "wal_team_b", "wal_team_b.user.ann"], Titles(await table.ShowAsync(("Wallets", all), ("TeamId", "team_b"))));
    }

    [Fact]
    public async Task A_team_of_the_table_leads_to_its_page_and_the_organisation_and_users_do_not()
    {
        await using var table = new Rendered<WalletTable>();
        var html = await table.ShowAsync(("Wallets", Wallets.Of(Wallets.Organisation(), Wallets.Team("team_a", "Search"), Wallets.User("team_a", "ann"))));
        Assert.Contains("<a href=\"/?team=team_a#figures\">Search</a>", html, StringComparison.Ordinal);
        Assert.Equal(2, html.Split("<a ").Length);
    }

    [Theory]
    [InlineData(true, WalletStatus.Healthy, "frozen")]
    [InlineData(true, WalletStatus.Low, "frozen, low")]
    [InlineData(false, WalletStatus.Healthy, "healthy")]
    public async Task A_wallet_that_refuses_every_call_is_not_called_healthy(bool frozen, WalletStatus status, string expected)
    {
        await using var table = new Rendered<WalletTable>();
        var team = Wallets.Team("team_a", "Search");
        (team.CreditedNanos, team.Status, team.Policy) = (100, status, new WalletPolicy { Frozen = frozen });
        var html = await table.ShowAsync(("Wallets", Wallets.Of(team)));
        Assert.Equal(expected, string.Join(", ", html.Split("<span class=\"status ").Skip(1).Select(pill => pill[(pill.IndexOf('>', StringComparison.Ordinal) + 1)..].Split('<')[0])));
    }

    private static List<string> Titles(string html) =>
        [.. html.Split("<th scope=\"row\" title=\"").Skip(1).Select(cell => cell[..cell.IndexOf('"', StringComparison.Ordinal)])];
}
