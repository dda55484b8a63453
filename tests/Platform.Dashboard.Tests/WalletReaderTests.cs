using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Dashboard.Figures;
using Platform.Dashboard.Overview;
using Platform.Testing;

namespace Platform.Dashboard.Tests;

/// <summary>What a page asks of wallets: as much as its organisation has teams, however many users there are.</summary>
public sealed class WalletReaderTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("")]
    [InlineData("team_0007")]
    public async Task A_reading_of_a_hundred_thousand_wallets_is_bounded(string team)
    {
        var wallet = new ManyWallets(teams: 1_000, usersOfEach: 100);
        var figures = await ReadAsync(wallet, team);

        output.WriteLine($"{wallet.Bytes:#,##0} bytes");
        Assert.InRange(wallet.Bytes, 1, 200_000);
        Assert.Equal(1_000, figures.Teams.Count);
        Assert.Equal("wal_organisation", figures.Organisation!.WalletId);
        Assert.Equal(team.Length == 0 ? FewRows.Most : 100, figures.All.Count - 1_001);
        Assert.Equal(team.Length == 0 ? (100_000L - FewRows.Most, 1_000L - FewRows.Most) : (0, 0), (figures.Others, figures.OthersToActOn));
        Assert.Equal(team.Length == 0 ? new Money(101_001) : new Money(100), figures.Sums!.Held);
        Assert.Equal(100 * figures.Sums.Held.Nanos, figures.Sums.Available.Nanos);
    }

    [Fact]
    public async Task Of_a_team_with_more_users_than_a_page_the_emptiest_are_read_and_the_others_told_of()
    {
        var figures = await ReadAsync(new ManyWallets(teams: 2, usersOfEach: 5_000), "team_0001");

        Assert.Equal(WalletReader.MostOfTeam, figures.All.Count(wallet => wallet.Scope == WalletScope.User));
        Assert.Equal(5_000 - WalletReader.MostOfTeam, figures.Others);
        await using var table = new Rendered<WalletTable>();
        var html = await table.ShowAsync(("Wallets", figures), ("TeamId", "team_0001"));
        Assert.Contains("Not shown: 4,000 more of its users&#x27; and applications&#x27; wallets (kt wallets list --team team_0001 --order left).", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "Not shown: 99 more of users&#x27; and applications&#x27; wallets, which nobody has to act on; each is on its team")]
    [InlineData(40, "Not shown: 3,970 more of users&#x27; and applications&#x27; wallets; somebody has to act on 10 of them too (kt wallets list --needs-action --order left).")]
    public async Task The_page_says_what_it_did_not_ask_for(int teams, string said)
    {
        await using var table = new Rendered<WalletTable>();
        var html = await table.ShowAsync(("Wallets", await ReadAsync(new ManyWallets(teams, usersOfEach: 100), "")), ("TeamId", ""));
        Assert.Contains(said, html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_team_that_there_is_not_is_no_failure()
    {
        var figures = await ReadAsync(new ManyWallets(teams: 1, usersOfEach: 1), "team_none");
        Assert.Null(figures.Of("team_none"));
        Assert.Equal(2, figures.All.Count);
    }

    [Fact]
    public async Task A_service_without_pages_is_said_to_answer_with_an_error()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(new Earlier(), ""));
        Assert.Equal(ReadFailure.Failed, ReadFailures.Of(refused));
    }

    private static Task<WalletFigures> ReadAsync(CallInvoker wallet, string team) =>
        new WalletReader(new Wallet.WalletClient(wallet), new FakeTimeProvider()).ReadAsync(team, TestContext.Current.CancellationToken);

    private sealed class Earlier : UnaryInvoker
    {
        protected override object Answer(object request) => new ListWalletsResponse { Wallets = { Wallets.Organisation() } };
    }

    /// <summary>Every team's first user has run out; a nano is held in each wallet.</summary>
    private sealed class ManyWallets(int teams, int usersOfEach) : UnaryInvoker
    {
        private readonly WalletView[] _all =
        [
            Wallets.Organisation(held: 1), .. Enumerable.Range(0, teams).SelectMany(team => Enumerable.Range(0, usersOfEach).Select(user => User($"team_{team:0000}", user))
                .Prepend(Wallets.Team($"team_{team:0000}", $"Team {team}", held: 1))),
        ];

        public long Bytes { get; private set; }

        protected override object Answer(object request)
        {
            var asked = (ListWalletsRequest)request;
            WalletView[] taken =
            [
                .. _all.Where(wallet => (asked.TeamId.Length == 0 || wallet.TeamId == asked.TeamId) && (asked.Scopes.Count == 0 || asked.Scopes.Contains(wallet.Scope))
                    && (!asked.NeedsAction || wallet.Status == WalletStatus.Depleted)),
            ];
            var (from, size) = (asked.PageToken.Length == 0 ? 0 : int.Parse(asked.PageToken, System.Globalization.CultureInfo.InvariantCulture), asked.PageSize == 0 ? taken.Length : asked.PageSize);
            var answer = new ListWalletsResponse
            {
                Wallets = { taken.Skip(from).Take(size) },
                NextPageToken = from + size < taken.Length ? $"{from + size}" : "",
                Totals = asked.WithTotals ? new WalletTotals { Wallets = taken.Length, HeldNanos = taken.Sum(wallet => wallet.HeldNanos), AvailableNanos = taken.Sum(wallet => wallet.AvailableNanos) } : null,
            };
            lock (_all)
            {
                Bytes += answer.CalculateSize();
            }

            return answer;
        }

        private static WalletView User(string team, int number)
        {
            var wallet = Wallets.User(team, $"user{number:0000}", held: 1);
            wallet.Status = number == 0 ? WalletStatus.Depleted : WalletStatus.Healthy;
            return wallet;
        }
    }
}
