using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Allocations;

namespace Platform.Wallet.Tests.Funds;

/// <summary>All allocations are told, a page at a time.</summary>
public sealed class AllocationPageTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    // Pairs at one moment, one of which ends a page.
    private const string Plan = """
        INSERT INTO allocation (allocation_id, wallet_id, amount, recurrence, time_zone, starts_at, at_end, state, due_at, description, actor, created_at)
        SELECT gen_random_uuid(), $1, number, 2, 'UTC', now(), 1, 1, now(), '', 'test', '2027-01-01Z'::timestamptz + number / 2 * interval '1 second'
        FROM generate_series(1, 2100) AS number
        """;

    [Fact(Timeout = 300_000)]
    public async Task Pages_tell_every_allocation_once_the_newest_first()
    {
        var wallet = $"wal_{await ledger.TeamWithAsync(0)}";
        await using (var plan = ledger.DataSource.CreateCommand(Plan))
        {
            plan.Parameters.Add(new() { Value = wallet });
            await plan.ExecuteNonQueryAsync(LedgerFixture.Token);
        }

        var (pages, request) = (new List<ListAllocationsResponse>(), new ListAllocationsRequest { WalletId = wallet });
        do
        {
            pages.Add(await ledger.Get<ListAllocations>().RunAsync(request, LedgerFixture.Token));
            request.PageToken = pages[^1].NextPageToken;
        }
        while (request.PageToken.Length > 0);

        Assert.Equal([1000, 1000, 100], pages.Select(page => page.Allocations.Count));
        var told = pages.SelectMany(page => page.Allocations).ToList();
        Assert.Equal(Enumerable.Range(1, 2_100).Select(number => (long)number), told.Select(allocation => allocation.AmountNanos).Order());
        Assert.Equal(told.Select(allocation => allocation.CreatedAt.Seconds).OrderDescending(), told.Select(allocation => allocation.CreatedAt.Seconds));
    }

    [Theory(Timeout = 300_000)]
    [InlineData("next")]
    [InlineData("4b1f3ad5-0000-4000-8000-000000000000")]
    public async Task A_page_token_that_names_no_allocation_is_refused(string token) => Assert.Equal(
        Reasons.PageTokenInvalid,
        await HoldTests.TryAsync(() => ledger.Get<ListAllocations>().RunAsync(new ListAllocationsRequest { PageToken = token }, LedgerFixture.Token)));

    [Fact(Timeout = 300_000)]
    public async Task Of_a_team_its_own_alone_are_told()
    {
        var (one, other) = (await ledger.TeamWithAsync(0), await ledger.TeamWithAsync(0));
        foreach (var (team, number) in ((string, long)[])[(one, 1), (other, 2), (one, 3)])
        {
            await using var plan = ledger.DataSource.CreateCommand($"""
                INSERT INTO allocation (allocation_id, wallet_id, amount, recurrence, time_zone, starts_at, at_end, state, due_at, description, actor, created_at)
                VALUES (gen_random_uuid(), 'wal_{team}', {number}, 2, 'UTC', now(), 1, 1, now(), '', 'test', '2027-01-02Z'::timestamptz + {number} * interval '1 second')
                """);
            await plan.ExecuteNonQueryAsync(LedgerFixture.Token);
        }

        var first = await ledger.Get<ListAllocations>().RunAsync(new ListAllocationsRequest { TeamId = one, PageSize = 1 }, LedgerFixture.Token);
        var second = await ledger.Get<ListAllocations>().RunAsync(new ListAllocationsRequest { TeamId = one, PageSize = 1, PageToken = first.NextPageToken }, LedgerFixture.Token);
        Assert.Equal([3, 1], first.Allocations.Concat(second.Allocations).Select(allocation => allocation.AmountNanos));
        Assert.Equal("", second.NextPageToken);
        Assert.Equal(
            Reasons.TeamNotFound, await HoldTests.TryAsync(() => ledger.Get<ListAllocations>().RunAsync(new ListAllocationsRequest { TeamId = "none" }, LedgerFixture.Token)));
    }
}
