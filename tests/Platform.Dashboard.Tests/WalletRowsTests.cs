using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Dashboard.Figures;
using Platform.Dashboard.Overview;

namespace Platform.Dashboard.Tests;

/// <summary>Which wallets the page shows of more than it has room for.</summary>
public sealed class WalletRowsTests
{
    [Fact]
    public async Task Of_a_chosen_team_with_many_users_its_own_wallet_and_who_ran_out_are_shown()
    {
        var users = Enumerable.Range(100, FewRows.Most + 10).Select(number => Wallets.User("team_a", Id("user", number))).ToList();
        users.ForEach(user => (user.CreditedNanos, user.SpentNanos) = (200, 100));
        (users[^1].AvailableNanos, users[^1].SpentNanos, users[^1].HeldNanos, users[^1].Status) = (0, 0, 200, WalletStatus.Depleted);
        (users[^2].SpentNanos, users[^2].Policy) = (0, new WalletPolicy { Frozen = true });
        var others = Enumerable.Range(100, FewRows.Most + 10).Select(number => Wallets.Team(Id("team", number), Id("team", number))).ToList();
        others.ForEach(other => other.SpentNanos = 1_000);
        var html = await ShowAsync([Wallets.Organisation(), Wallets.Team("team_a", "Search"), .. users, .. others], ("TeamId", "team_a"));
        Assert.All(["wal_organisation", "wal_team_a", users[^1].WalletId, users[^2].WalletId], shown => Assert.Contains(Title(shown), html, StringComparison.Ordinal));
        Assert.DoesNotContain("title=\"wal_team_1", html, StringComparison.Ordinal);
        Assert.Contains("what is chosen with its users and applications, then the others; of each first what ran out", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_chosen_team_users_whom_nobody_funded_hide_no_team_that_ran_out()
    {
        var users = Enumerable.Range(100, FewRows.Most + 10).Select(number => Empty(Wallets.User("team_a", Id("user", number)))).ToList();
        var gone = Empty(Wallets.Team("team_b", "Gone"));
        (gone.CreditedNanos, gone.SpentNanos) = (7, 7);
        var html = await ShowAsync([Wallets.Organisation(), Wallets.Team("team_a", "Search"), .. users, gone], ("TeamId", "team_a"));
        Assert.Contains(Title("wal_team_b"), html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wallet_that_is_empty_on_purpose_or_frozen_is_not_hidden_as_one_that_nobody_uses()
    {
        var idle = Enumerable.Range(100, FewRows.Most + 10).Select(number => Empty(Wallets.Team(Id("team", number), Id("team", number))));
        var healthy = Enumerable.Range(200, FewRows.Most - 4).Select(number => Wallets.Team(Id("team", number), Id("team", number))).ToList();
        healthy.ForEach(team => team.SpentNanos = 5);
        WalletView[] used =
        [
            Empty(Wallets.Team("team_frozen", "Frozen"), new WalletPolicy { Frozen = true }), Empty(Wallets.Team("team_observing", "Observing"), new WalletPolicy { Observe = true }),
            Empty(Wallets.Team("team_overflowing", "Overflowing"), new WalletPolicy { OverflowToParent = true }),
        ];
        var html = await ShowAsync([Wallets.Organisation(), .. idle, .. healthy, .. used]);
        Assert.All(used, wallet => Assert.Contains(Title(wallet.WalletId), html, StringComparison.Ordinal));
        Assert.Contains("Nobody has put money into it, or all was taken back unspent: the organisation&#x27;s wallet pays for its calls.", html, StringComparison.Ordinal);
        Assert.Contains("\"Nobody has put money into it, or all was taken back unspent.\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_team_whose_calls_the_organisation_pays_ranks_by_what_they_cost()
    {
        var teams = Enumerable.Range(100, FewRows.Most + 10).Select(number => Wallets.Team(Id("team", number), Id("team", number))).ToList();
        teams.ForEach(team => team.SpentNanos = 5);
        var overflowing = Empty(Wallets.Team("team_overflowing", "Overflowing"), new WalletPolicy { OverflowToParent = true });
        MeteringFigures Marked(long cost) => new(
            "", "USD", default, new Dictionary<string, RunRateLine>(), new([], null), new([], null), new([], null), [new("team_overflowing", MarkNames.Overflow, new Money(cost), 3)]);
        Assert.Contains(Title("wal_team_overflowing"), await ShowAsync([.. teams, overflowing], ("Metering", Marked(6))), StringComparison.Ordinal);
        Assert.DoesNotContain(Title("wal_team_overflowing"), await ShowAsync([.. teams, overflowing], ("Metering", Marked(4))), StringComparison.Ordinal);
    }

    private static async Task<string> ShowAsync(WalletView[] wallets, params (string Name, object? Value)[] parameters)
    {
        await using var table = new Rendered<WalletTable>();
        var html = await table.ShowAsync([("Wallets", Wallets.Of(wallets)), .. parameters]);
        Assert.Equal(FewRows.Most, html.Split("<th scope=\"row\"").Length - 1);
        return html;
    }

    private static WalletView Empty(WalletView wallet, WalletPolicy? policy = null)
    {
        (wallet.AvailableNanos, wallet.Status, wallet.Policy) = (0, WalletStatus.Depleted, policy);
        return wallet;
    }

    private static string Title(string walletId) => $"title=\"{walletId}\"";

    private static string Id(string kind, int number) => string.Create(CultureInfo.InvariantCulture, $"{kind}_{number}");
}
