using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>Pages of 100,000 wallets. What was measured is printed (decision 0257 says it); what a busy machine does to a page it does to the whole list too, so that is the measure.</summary>
public sealed class WalletPageScaleTests(ITestOutputHelper output)
{
    private const int Runs = 11;

    /// <summary>How many times as long as any page, however it is asked for, reading all wallets takes at least.</summary>
    private const int AllToPage = 3;

    // A thousand teams of 98 users and an application each; a tenth of the wallets were never funded, a hundredth ran out, calls are under way in a few.
    private const string Fill = """
        INSERT INTO wallet (wallet_id, team_id, parent_id, name, currency, created_at, available, credited, low_base)
            SELECT 'wal_' || team, team, 'wal_organisation', 'Team ' || i, 'USD', now(), 1000000, 1000000, 1000000
            FROM (SELECT i, 'team_' || to_char(i, 'FM0000') AS team FROM generate_series(1, 1000) i) t;
        INSERT INTO wallet (wallet_id, team_id, user_id, application_id, parent_id, name, currency, created_at, available, held, spent, credited, leased_undrawn, low_base, frozen)
            SELECT 'wal_' || team || CASE WHEN n = 99 THEN '.app.app_' ELSE '.user.user_' END || number, team, CASE WHEN n < 99 THEN 'user_' || number END, CASE WHEN n = 99 THEN 'app_' || number END,
                'wal_' || team, 'Person ' || number, 'USD', now(), CASE WHEN n % 10 = 0 OR number % 100 = 7 THEN 0 ELSE 1000 - n * 10 END, CASE WHEN number % 500 = 1 THEN 50 ELSE 0 END,
                CASE WHEN n % 10 = 0 THEN 0 WHEN number % 100 = 7 THEN 1000 ELSE n * 10 END,
                CASE WHEN n % 10 = 0 THEN 0 ELSE 1000 END + CASE WHEN number % 500 = 1 THEN 50 ELSE 0 END, CASE WHEN number % 500 = 1 THEN 20 ELSE 0 END,
                CASE WHEN n % 10 = 0 THEN 0 ELSE 1000 END, number % 10000 = 3
            FROM (SELECT i, n, i * 100 + n AS number, 'team_' || to_char(i, 'FM0000') AS team FROM generate_series(1, 1000) i, generate_series(1, 99) n) w;
        """;

    private static readonly (string What, ListWalletsRequest Request)[] Pages =
    [
        ("first of all", new() { PageSize = 100 }), ("one in the middle", new() { PageSize = 100 }), ("of the largest size", new() { PageSize = 1_000 }),
        ("emptiest", new() { Order = WalletOrder.Left }), ("most held", new() { Order = WalletOrder.Held }),
        ("teams", new() { Scopes = { WalletScope.Organisation, WalletScope.Team }, PageSize = 1_000 }), ("applications", new() { Scopes = { WalletScope.Application } }),
        ("a team's emptiest users", new() { TeamId = "team_0500", Scopes = { WalletScope.User }, Order = WalletOrder.Left, WithTotals = true }),
        ("low", new() { Statuses = { WalletStatus.Low }, Order = WalletOrder.Left }), ("low or depleted", new() { Statuses = { WalletStatus.Low, WalletStatus.Depleted }, Order = WalletOrder.Left }),
        ("frozen", new() { Frozen = true }), ("to act on", new() { NeedsAction = true, Order = WalletOrder.Left, PageSize = 30, WithTotals = true }),
        ("by a rare beginning", new() { Search = "user_5000" }), ("by a name", new() { Search = "person 777" }), ("by a beginning of nearly all", new() { Search = "user" }),
        ("with the totals of all", new() { PageSize = 1, WithTotals = true }), ("with the totals of each team", new() { PageSize = 1, WithTeamTotals = true }),
    ];

    [Fact(Timeout = 900_000)]
    public async Task A_page_of_a_hundred_thousand_wallets_is_found_at_once()
    {
        await using var database = new LedgerFixture();
        await database.InitializeAsync();
        await FillAsync(database);

        // As Wallet itself: what is asked a sixth time may be planned for whatever values.
        await using var prepared = NpgsqlDataSource.Create($"{database.ConnectionString};Max Auto Prepare=100;Maximum Pool Size=1");
        var list = ActivatorUtilities.CreateInstance<ListWallets>(database.Get<IServiceProvider>(), new WalletPageStore(prepared));
        var middle = await list.RunAsync(new ListWalletsRequest { Search = "team_0500.user.", PageSize = 1 }, LedgerFixture.Token);
        Pages[1].Request.PageToken = middle.NextPageToken;
        var whole = await list.RunAsync(new ListWalletsRequest(), LedgerFixture.Token);
        var all = await ShortestAsync(() => list.RunAsync(new ListWalletsRequest(), LedgerFixture.Token));
        output.WriteLine($"all: {all.TotalMilliseconds:0.0} ms, {whole.Wallets.Count} wallets, {whole.CalculateSize():#,##0} bytes");

        foreach (var (what, request) in Pages)
        {
            var page = await list.RunAsync(request, LedgerFixture.Token);
            var took = await ShortestAsync(() => list.RunAsync(request, LedgerFixture.Token));
            output.WriteLine($"{what}: {took.TotalMilliseconds:0.0} ms, {page.Wallets.Count} wallets, {page.CalculateSize():#,##0} bytes");
            Assert.NotEmpty(page.Wallets);
            Assert.True(took * AllToPage < all, $"{what} took {took.TotalMilliseconds:0.0} ms, all wallets {all.TotalMilliseconds:0.0} ms");
        }

        var streamed = new List<WalletView>();
        await foreach (var some in database.Get<ReadWallets>().StreamAsync(new StreamWalletsRequest(), LedgerFixture.Token))
        {
            Assert.InRange(some.Wallets.Count, 1, 1_000);
            streamed.AddRange(some.Wallets);
        }

        Assert.Equal(whole.Wallets, streamed);
    }

    /// <summary>With more time than a command has: on a busy machine the wallets alone take half a minute.</summary>
    private static async Task FillAsync(LedgerFixture database)
    {
        await using var source = NpgsqlDataSource.Create($"{database.ConnectionString};Command Timeout=240");
        string[] statements =
        [
            "INSERT INTO identity.team (team_id, name, created_at) SELECT 'team_' || to_char(i, 'FM0000'), 'Team ' || i, now() FROM generate_series(1, 1000) i",
            .. Fill.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), "VACUUM ANALYZE wallet",
        ];
        foreach (var statement in statements)
        {
            await using var command = source.CreateCommand(statement);
            await command.ExecuteNonQueryAsync(LedgerFixture.Token);
        }
    }

    /// <summary>The shortest of several: what else the machine does is no matter of the page.</summary>
    private static async Task<TimeSpan> ShortestAsync(Func<Task> work)
    {
        var times = new List<TimeSpan>();
        for (var run = 0; run < Runs; run++)
        {
            var began = Stopwatch.GetTimestamp();
            await work();
            times.Add(Stopwatch.GetElapsedTime(began));
        }

        return times.Min();
    }
}
