using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>Wallets by pages: every filter and order against what all wallets are, and pages while wallets change.</summary>
public sealed class WalletPageTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    // Balances of every standing, in wallets of four teams: what the seed makes of them adds up as the table demands.
    private const string Fill = """
        INSERT INTO identity.team (team_id, name, created_at) SELECT $1 || i, 'Page ' || i, now() FROM generate_series(1, 4) i;
        INSERT INTO wallet (wallet_id, team_id, user_id, application_id, parent_id, name, currency, created_at)
            SELECT 'wal_' || $1 || i, $1 || i, NULL, NULL, 'wal_organisation', 'Page ' || i, 'USD', now() FROM generate_series(1, 4) i;
        INSERT INTO wallet (wallet_id, team_id, user_id, application_id, parent_id, name, currency, created_at, available, held, suspense, spent, overage, credited, leased_undrawn, leased_drawn, low_base,
            low_percents, frozen)
        SELECT 'wal_' || team || CASE WHEN user_id IS NULL THEN '.app.' ELSE '.user.' END || coalesce(user_id, application_id), team, user_id, application_id, 'wal_' || team,
            'Name ' || n, 'USD', now(), available, held, suspense, spent, overage, available + held + suspense + spent - overage, undrawn, drawn, low_base, low_percents, n % 9 = 0
        FROM (
            SELECT n, $1 || (1 + n % 4) AS team, CASE WHEN n % 3 > 0 THEN 'u' || n END AS user_id, CASE WHEN n % 3 = 0 THEN 'a' || n END AS application_id,
                CASE WHEN kind IN (0, 1) THEN 0 ELSE (hashint4extended(n, 1) & 127) END AS available, CASE WHEN kind IN (0, 2) THEN 0 ELSE (hashint4extended(n, 2) & 63) END AS held,
                CASE WHEN kind = 3 THEN 5 ELSE 0 END AS suspense, CASE WHEN kind = 0 THEN 0 ELSE 200 END AS spent, CASE WHEN kind = 4 THEN 7 ELSE 0 END AS overage,
                CASE WHEN kind IN (1, 5) THEN (hashint4extended(n, 3) & 63) ELSE 0 END AS undrawn, CASE kind WHEN 1 THEN 200 WHEN 5 THEN 10 ELSE 0 END AS drawn,
                CASE WHEN kind = 0 THEN 0 ELSE (hashint4extended(n, 4) & 255) END AS low_base,
                CASE n % 5 WHEN 0 THEN '{}'::smallint[] WHEN 1 THEN '{100,50}' WHEN 2 THEN '{1}' ELSE '{20}' END AS low_percents
            FROM (SELECT n, n % 7 AS kind FROM generate_series(1, 200) n) k) f;
        """;

    private static readonly WalletOrder[] Orders = [WalletOrder.Id, WalletOrder.Left, WalletOrder.Held];

    [Fact(Timeout = 600_000)]
    public async Task Every_filter_takes_what_it_says_in_every_order_and_its_totals_are_their_sums()
    {
        var prefix = await FilledAsync();
        await ledger.ExecuteAsync("UPDATE wallet SET observe = true WHERE team_id = $1 AND held > 0", prefix + "2");
        await ledger.ExecuteAsync("UPDATE wallet SET observe = true, frozen = true WHERE team_id = $1", prefix + "3");
        var all = (await ListAsync(new ListWalletsRequest())).Wallets.ToList();
        Assert.Contains(all, wallet => wallet.Policy.Observe);
        foreach (var (request, takes) in Filters(prefix))
        {
            foreach (var order in Orders)
            {
                request.Order = order;
                request.WithTotals = request.WithTeamTotals = true;
                var (pages, totals, ofTeams) = await WalkAsync(request, 37);
                WalletView[] expected = [.. all.Where(takes)];
                Assert.True(expected.Length > 0, $"nothing to find for {request}");
                Assert.Equal(expected.OrderBy(wallet => wallet.WalletId, StringComparer.Ordinal), pages.OrderBy(wallet => wallet.WalletId, StringComparer.Ordinal));
                Assert.Equal(InOrder(pages, order, all), pages.Select(wallet => wallet.WalletId));
                Assert.All(totals, sums => Assert.Equal(Sum(expected), sums));
                WalletTotals[] byTeam = [.. expected.GroupBy(wallet => wallet.TeamId).OrderBy(team => team.Key, StringComparer.Ordinal).Select(team => Sum([.. team], team.Key))];
                Assert.All(ofTeams, sums => Assert.Equal(byTeam, sums));
            }
        }
    }

    private static List<(ListWalletsRequest Request, Func<WalletView, bool> Takes)> Filters(string prefix) =>
    [
        (new ListWalletsRequest { PageSize = 100 }, _ => true),
        (new ListWalletsRequest { TeamId = prefix + "2" }, wallet => wallet.TeamId == prefix + "2"),
        (new ListWalletsRequest { Scopes = { WalletScope.Team, WalletScope.Organisation } }, wallet => wallet.Scope is WalletScope.Team or WalletScope.Organisation),
        (new ListWalletsRequest { Scopes = { WalletScope.Application }, TeamId = prefix + "1" }, wallet => wallet.Scope == WalletScope.Application && wallet.TeamId == prefix + "1"),
        (new ListWalletsRequest { Scopes = { WalletScope.User } }, wallet => wallet.Scope == WalletScope.User),
        (new ListWalletsRequest { Statuses = { WalletStatus.Healthy } }, wallet => wallet.Status == WalletStatus.Healthy),
        (new ListWalletsRequest { Statuses = { WalletStatus.Low } }, wallet => wallet.Status == WalletStatus.Low),
        (new ListWalletsRequest { Statuses = { WalletStatus.Depleted } }, wallet => wallet.Status == WalletStatus.Depleted),
        (new ListWalletsRequest { Statuses = { WalletStatus.Low, WalletStatus.Depleted } }, wallet => wallet.Status != WalletStatus.Healthy),
        (new ListWalletsRequest { Frozen = true }, wallet => wallet.Policy.Frozen),
        (new ListWalletsRequest { Frozen = false, Scopes = { WalletScope.User } }, wallet => !wallet.Policy.Frozen && wallet.Scope == WalletScope.User),
        (new ListWalletsRequest { NeedsAction = true }, NeedsAction),
        (new ListWalletsRequest { Search = $"{prefix}3" }, wallet => wallet.TeamId == prefix + "3"),
        (new ListWalletsRequest { Search = $"WAL_{prefix}3.user.u1" }, wallet => wallet.WalletId.StartsWith($"wal_{prefix}3.user.u1", StringComparison.Ordinal)),
        (new ListWalletsRequest { Search = "u19" }, wallet => wallet.UserId.StartsWith("u19", StringComparison.Ordinal)),
        (new ListWalletsRequest { Search = "nAME 1" }, wallet => wallet.Name.StartsWith("Name 1", StringComparison.Ordinal)),
    ];

    private static bool NeedsAction(WalletView wallet) =>
        wallet.Policy.Frozen || wallet.OverageNanos > 0 || wallet.Status == WalletStatus.Low || (wallet.Status == WalletStatus.Depleted && !IsUnfunded(wallet));

    private static bool IsUnfunded(WalletView wallet) =>
        wallet is { CreditedNanos: 0, AvailableNanos: 0, HeldNanos: 0, SuspenseNanos: 0, SpentNanos: 0, OverageNanos: 0 };

    /// <summary>The ids as the order has them; in that of what is left only what a view can tell: what is empty first, what nobody funded last.</summary>
    private static IEnumerable<string> InOrder(List<WalletView> pages, WalletOrder order, List<WalletView> all) => order switch
    {
        WalletOrder.Held => pages.OrderByDescending(wallet => wallet.HeldNanos - wallet.LeasedUndrawnNanos).ThenBy(wallet => wallet.WalletId, StringComparer.Ordinal).Select(wallet => wallet.WalletId),
        WalletOrder.Left => pages.OrderBy(wallet => IsUnfunded(wallet) ? 2 : wallet.Status == WalletStatus.Depleted ? 0 : 1).Select(wallet => wallet.WalletId),
        _ => all.Select(wallet => wallet.WalletId).Intersect(pages.Select(wallet => wallet.WalletId)),
    };

    private static WalletTotals Sum(WalletView[] wallets, string team = "") => new()
    {
        TeamId = team,
        Wallets = wallets.Length, AvailableNanos = wallets.Sum(wallet => wallet.AvailableNanos), HeldNanos = wallets.Sum(wallet => wallet.HeldNanos),
        SuspenseNanos = wallets.Sum(wallet => wallet.SuspenseNanos), SpentNanos = wallets.Sum(wallet => wallet.SpentNanos), OverageNanos = wallets.Sum(wallet => wallet.OverageNanos),
        LeasedUndrawnNanos = wallets.Sum(wallet => wallet.LeasedUndrawnNanos), ObservingWallets = wallets.Count(wallet => wallet.TeamId.Length > 0 && wallet.Policy is { Observe: true, Frozen: false }),
        ChargedWallets = wallets.Count(wallet => wallet.TeamId.Length > 0),
    };

    [Fact(Timeout = 300_000)]
    public async Task The_emptiest_come_first_by_the_share_that_is_left()
    {
        var team = await ledger.TeamWithAsync(1_000);
        foreach (var (user, share) in new[] { ("full", 100L), ("half", 50), ("tenth", 10), ("none", 100), ("never", 0) })
        {
            await ledger.UserAsync(user);
            await ledger.Get<CreateWallet>().RunAsync(new CreateWalletRequest { TeamId = team, UserId = user, IdempotencyKey = team + user }, "test", LedgerFixture.Token);
            if (share > 0)
            {
                await ledger.Get<AllocateFunds>().RunAsync(
                    new AllocateRequest { TeamId = team, UserId = user, AmountNanos = 100, Currency = "USD", IdempotencyKey = user + team }, "test", LedgerFixture.Token);
            }
        }

        foreach (var (user, spent) in new[] { ("half", 50L), ("tenth", 90), ("none", 100) })
        {
            var attempt = Guid.CreateVersion7();
            Assert.Equal(HoldOutcome.Held, await ledger.HoldAsync(team, attempt, spent, sent: true, user));
            await ledger.PostAsync(ledger.Item(team, attempt, spent) with { UserId = user });
        }

        var order = await ListAsync(new ListWalletsRequest { TeamId = team, Order = WalletOrder.Left, Scopes = { WalletScope.User } });
        Assert.Equal(["none", "tenth", "half", "full", "never"], order.Wallets.Select(wallet => wallet.UserId));
        var act = await ListAsync(new ListWalletsRequest { TeamId = team, NeedsAction = true, WithTotals = true });
        Assert.Equal(["none", "tenth"], act.Wallets.Select(wallet => wallet.UserId));
        Assert.Equal(2, act.Totals.Wallets);
    }

    [Fact(Timeout = 300_000)]
    public async Task What_is_made_and_changed_between_two_pages_moves_no_other_wallet()
    {
        var team = await ledger.TeamWithAsync(10_000);
        foreach (var user in new[] { "b", "d", "f", "h" })
        {
            await MakeAsync(user);
        }

        var first = await ListAsync(new ListWalletsRequest { TeamId = team, PageSize = 3 });
        Assert.Equal(["", "b", "d"], first.Wallets.Select(wallet => wallet.UserId));
        await MakeAsync("a");
        await MakeAsync("e");
        await ledger.ExecuteAsync("UPDATE wallet SET frozen = true, name = 'changed' WHERE team_id = $1 AND user_id IN ('b', 'd', 'f')", team);
        var second = await ListAsync(new ListWalletsRequest { TeamId = team, PageSize = 3, PageToken = first.NextPageToken });
        Assert.Equal(["e", "f", "h"], second.Wallets.Select(wallet => wallet.UserId));
        Assert.Equal("", second.NextPageToken);

        async Task MakeAsync(string user)
        {
            await ledger.UserAsync(user);
            await ledger.Get<CreateWallet>().RunAsync(new CreateWalletRequest { TeamId = team, UserId = user, IdempotencyKey = team + user }, "test", LedgerFixture.Token);
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task What_is_no_page_is_refused_with_what_to_do()
    {
        var token = (await ListAsync(new ListWalletsRequest { PageSize = 1, Order = WalletOrder.Held })).NextPageToken;
        Assert.NotEmpty(token);
        foreach (var (request, reason) in new (ListWalletsRequest, string)[]
                 {
                     (new() { PageSize = 1_001 }, Reasons.InvalidArgument), (new() { PageSize = -1 }, Reasons.InvalidArgument), (new() { Order = (WalletOrder)9 }, Reasons.InvalidArgument),
                     (new() { Scopes = { WalletScope.Unspecified } }, Reasons.InvalidArgument), (new() { Statuses = { (WalletStatus)7 } }, Reasons.InvalidArgument),
                     (new() { Search = "a\0b" }, Reasons.InvalidArgument), (new() { Search = new string('a', 201) }, Reasons.InvalidArgument),
                     (new() { TeamId = "a\0b", PageSize = 1 }, Reasons.InvalidArgument), (new() { TeamId = "team_nobody", PageSize = 1 }, Reasons.TeamNotFound),
                     (new() { TeamId = "organisation", PageSize = 1 }, Reasons.TeamNotFound), (new() { TeamId = "team_support.user.ann", PageSize = 1 }, Reasons.TeamNotFound),
                     (new() { PageToken = token }, Reasons.PageTokenInvalid), (new() { PageToken = "next" }, Reasons.PageTokenInvalid), (new() { PageToken = "\0" }, Reasons.PageTokenInvalid),
                     (new() { PageToken = Token("1 0 a b\0") }, Reasons.PageTokenInvalid), (new() { PageToken = Token("1 x a b") }, Reasons.PageTokenInvalid),
                     (new() { PageToken = Token($"1 0 a {new string('b', 1_000)}") }, Reasons.PageTokenInvalid),
                 })
        {
            Assert.Equal((request, reason), (request, await HoldTests.TryAsync(() => ListAsync(request))));
        }

        Assert.Empty((await ListAsync(new ListWalletsRequest { Order = WalletOrder.Left, PageToken = Token($"2 {long.MaxValue}  z") })).Wallets);

        static string Token(string text) => System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Of the same request without a filter all are told.</summary>
    [Fact(Timeout = 300_000)]
    public async Task What_is_not_frozen_is_asked_for_by_nothing_else()
    {
        var team = await ledger.TeamWithAsync(10);
        await ledger.ExecuteAsync("UPDATE wallet SET frozen = true WHERE team_id = $1", team);
        Assert.Single((await ListAsync(new ListWalletsRequest { TeamId = team, Frozen = true })).Wallets);
        Assert.Empty((await ListAsync(new ListWalletsRequest { TeamId = team, Frozen = false })).Wallets);
    }

    /// <summary>An update that changes a column of an index writes into all of them, and moves the row.</summary>
    [Fact(Timeout = 300_000)]
    public async Task No_index_is_of_a_figure_that_calls_change()
    {
        const string indexed = """
            SELECT coalesce(string_agg(DISTINCT a.attname, ' '), '') FROM pg_index i JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid = i.indrelid
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = d.refobjsubid
            WHERE i.indrelid = 'wallet'::regclass AND a.attname = ANY (string_to_array($1, ' '))
            """;
        Assert.Equal("team_id wallet_id", await ledger.ScalarAsync<string>(indexed, "team_id wallet_id"));
        Assert.Equal("", await ledger.ScalarAsync<string>(
            indexed, "available held suspense spent overage credited moved_out leased_undrawn leased_drawn low_base last_recorded_at awaited_until"));
    }

    private async Task<string> FilledAsync()
    {
        var prefix = $"p{Guid.CreateVersion7():N}"[..20];
        foreach (var statement in Fill.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await ledger.ExecuteAsync(statement, prefix);
        }

        return prefix;
    }

    /// <summary>All pages, and what each says of all.</summary>
    private async Task<(List<WalletView> Wallets, List<WalletTotals> Totals, List<WalletTotals[]> TeamTotals)> WalkAsync(ListWalletsRequest request, int size)
    {
        var (wallets, totals, ofTeams) = (new List<WalletView>(), new List<WalletTotals>(), new List<WalletTotals[]>());
        request.PageSize = size;
        request.PageToken = "";
        do
        {
            var page = await ListAsync(request);
            Assert.True(page.Wallets.Count == size || page.NextPageToken.Length == 0, "a page that is not the last is full");
            wallets.AddRange(page.Wallets);
            totals.Add(page.Totals);
            ofTeams.Add([.. page.TeamTotals]);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        return (wallets, totals, ofTeams);
    }

    private Task<ListWalletsResponse> ListAsync(ListWalletsRequest request) => ledger.Get<ListWallets>().RunAsync(request, LedgerFixture.Token);
}
