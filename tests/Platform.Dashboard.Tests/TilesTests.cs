using Platform.Contracts;
using Platform.Dashboard.Figures;
using Platform.Dashboard.Overview;
using Platform.Dashboard.Text;
using static Platform.Dashboard.Tests.Amounts;

namespace Platform.Dashboard.Tests;

/// <summary>What the tile of a wallet's money says.</summary>
public sealed class TilesTests
{
    private static readonly WalletSums Sums = new(Units(900), Units(321), Money.Zero);

    private static WalletFigures Figures => Wallets.Of(Wallets.Organisation(), Wallets.Team("team_a", "Search"), Wallets.User("team_a", "ann"));

    /// <summary>As kt forecast and the tile beside it, which says how long that money lasts: an organisation that has allocated all of its money is not out of it.</summary>
    [Fact]
    public async Task Of_the_organisation_the_money_in_all_wallets_is_told_and_what_of_it_no_team_has()
    {
        var tile = await TileAsync("", Figures with { Sums = Sums });
        Assert.Contains("<h2>Available in all wallets</h2>", tile, StringComparison.Ordinal);
        Assert.Equal(["900.00 USD", "0.0000001 USD", "321.00 USD"], Exact(tile));
        Assert.DoesNotContain("in suspense", tile, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("team_b", true)]
    [InlineData("", false)]
    public async Task What_was_not_summed_or_was_read_for_a_team_is_not_taken_for_all_wallets(string readFor, bool summed) =>
        Assert.Empty(Exact(await TileAsync("", Figures with { TeamId = readFor, Sums = summed ? Sums : null })));

    [Theory]
    [InlineData(900, true)]
    [InlineData(0, false)]
    public async Task Of_a_team_its_own_wallet_is_told_and_what_lies_beside_it_in_those_of_its_users(long available, bool told)
    {
        var tile = await TileAsync("team_a", Figures with { TeamId = "team_a", Sums = Sums with { Available = Units(available) } });
        Assert.Contains("<h2>Available in the wallet</h2>", tile, StringComparison.Ordinal);
        Assert.Equal("0.0000001 USD", Exact(tile)[0]);
        Assert.Equal(told, Exact(tile).Contains("900.00 USD"));
        Assert.Equal(told, tile.Contains("in wallets of its users and applications", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("team_a")]
    public async Task Money_in_suspense_is_told(string team)
    {
        var view = Wallets.Team("team_a", "Search");
        view.SuspenseNanos = Units(7).Nanos;
        var tile = await TileAsync(team, Wallets.Of(Wallets.Organisation(), view) with { TeamId = team, Sums = Sums with { Suspense = Units(7) } });
        Assert.Contains("in suspense <", tile, StringComparison.Ordinal);
        Assert.Contains("7.00 USD", Exact(tile));
    }

    /// <summary>By their number the style sheet makes letters small enough for the tile.</summary>
    [Fact]
    public async Task A_figure_says_how_many_letters_it_has() =>
        Assert.Contains("<p class=\"figure\" style=\"--letters:14\">", await TileAsync("", Figures with { Sums = Sums with { Available = Units(24_790_802) } }), StringComparison.Ordinal);

    [Theory]
    [InlineData("2026-11-29T23:59:59Z", "1 to 29 November 2026")]
    [InlineData("2026-12-01T00:00:00Z", "1 December 2026")]
    public void The_month_to_date_is_told_by_its_days(string now, string expected) =>
        Assert.Equal(expected, TimeText.MonthToDate(DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>A wallet that lasts for months is no comfort where a cap ends its work today.</summary>
    [Theory]
    [InlineData(0, "reached now: the cap of <")]
    [InlineData(3, "reached by 18 Jun: the cap of <")]
    [InlineData(null, null)]
    public async Task A_cap_that_ends_the_work_before_the_wallet_does_is_told_beside_it(int? days, string? said)
    {
        await using var tiles = new Rendered<Tiles>();
        var now = Rendered<Tiles>.Now;
        var line = new ForecastLine("", true, "", "USD", Units(1), Units(2), Units(3), null, null, "mean", 90, default, [])
        {
            Cap = new CapAhead(Units(50), "month", 0.6, days is { } ahead ? now.AddDays(ahead) : null, now.AddDays(15)), Observing = "1 of 40 wallets only observes.",
        };
        var html = await tiles.ShowAsync(("Forecast", new ForecastFigures(new Dictionary<string, ForecastLine> { [""] = line })));
        Assert.Contains(said ?? "", html, StringComparison.Ordinal);
        Assert.Equal(said is not null, html.Contains("</span> a month", StringComparison.Ordinal));
        Assert.Contains("1 of 40 wallets only observes.", html, StringComparison.Ordinal);
    }

    private static async Task<string> TileAsync(string team, WalletFigures wallets)
    {
        await using var tiles = new Rendered<Tiles>();
        return (await tiles.ShowAsync(("TeamId", team), ("Wallets", wallets))).Split("</article>").Single(tile => tile.Contains("<h2>Available", StringComparison.Ordinal));
    }

    private static List<string> Exact(string tile) => [.. tile.Split("class=\"amount\" title=\"").Skip(1).Select(amount => amount.Split('"')[0])];
}
