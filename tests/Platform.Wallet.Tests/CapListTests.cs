using System.Text.Json;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Controls;

namespace Platform.Wallet.Tests;

/// <summary>The list of caps where there are many, with many leases.</summary>
public sealed class CapListTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    private const int Caps = 1_000;

    private const string FillAccounts = """
        INSERT INTO cap_account (cap_id, period_from, period_to, limit_nanos, used) SELECT cap_id, '2026-06-01Z', '2026-07-01Z', 1000, 100 FROM cap
        """;

    // A cap a team with its account, and ten leases for each but the last: of 10 nanos, 4 of them drawn.
    private static readonly string Fill = $$"""
        INSERT INTO cap (cap_id, scope, scope_id, period, time_zone, source, amount, description, active, revision, created_at, changed_at, changed_by)
        SELECT 'cap_' || n, 2, 'team_' || n, 3, 'UTC', '', 1000, '', true, n, $1, $1, 'test' FROM generate_series(1, {{Caps}}) n
        """;

    private static readonly string FillLeases = $$"""
        INSERT INTO lease (lease_id, holder, wallet_id, team_id, scope, cap_accounts, state, granted, drawn, expires_at, created_at, recorded_at)
        SELECT gen_random_uuid(), 'gateway-' || n, 'wal_organisation', c.scope_id, c.scope_id, ARRAY[a.account_id], 1, 10, 4, $1, $1, $1
        FROM generate_series(1, 10) n, cap c JOIN cap_account a USING (cap_id) WHERE c.cap_id <> 'cap_{{Caps}}'
        """;

    [Theory(Timeout = 300_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Leases_are_read_once_for_all_caps_and_not_at_all_where_what_is_undrawn_is_not_asked_for(bool undrawn)
    {
        await FillAsync();
        await using var command = ledger.DataSource.CreateCommand("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + CapStore.ListActive);
        foreach (var value in (object[])[(short)CapScope.Unspecified, "", ledger.Time.GetUtcNow(), undrawn, "", int.MaxValue, Array.Empty<string>()])
        {
            command.Parameters.Add(new() { Value = value });
        }

        using var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync(LedgerFixture.Token))!);

        Assert.Equal(undrawn ? 1 : 0, Readings(plan.RootElement[0].GetProperty("Plan")));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_cap_without_a_lease_has_nothing_undrawn_of_what_is_used()
    {
        await FillAsync();
        var caps = (await ledger.Get<ListCaps>().RunAsync(new ListCapsRequest { Undrawn = true }, LedgerFixture.Token)).Caps;

        Assert.Equal(Caps, caps.Count);
        Assert.All(caps, cap => Assert.Equal((100, cap.CapId == $"cap_{Caps}" ? 0 : 60), (cap.UsedNanos, cap.UndrawnNanos)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Pages_tell_every_cap_once_in_the_order_of_all_also_when_the_last_one_told_is_removed()
    {
        await FillAsync();
        var list = ledger.Get<ListCaps>();
        var whole = (await list.RunAsync(new ListCapsRequest { Undrawn = true }, LedgerFixture.Token)).Caps;
        var (told, sizes, request) = (new List<Cap>(), new List<int>(), new ListCapsRequest { Undrawn = true, PageSize = 300 });
        do
        {
            var page = await list.RunAsync(request, LedgerFixture.Token);
            sizes.Add(page.Caps.Count);
            told.AddRange(page.Caps);
            request.PageToken = page.NextPageToken;
            await SetActiveAsync(told[^1].CapId, active: false);
        }
        while (request.PageToken.Length > 0);

        Assert.Equal([300, 300, 300, 100], sizes);
        Assert.Equal(whole, told);
        await Task.WhenAll(told.Select((cap, at) => (cap, at)).Where(one => one.at % 100 == 99).Select(one => SetActiveAsync(one.cap.CapId, active: true)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Asked_for_by_id_only_those_that_are_active_come_in_the_order_of_all()
    {
        await FillAsync();
        var list = ledger.Get<ListCaps>();
        var whole = (await list.RunAsync(new ListCapsRequest(), LedgerFixture.Token)).Caps;
        var asked = new ListCapsRequest { CapIds = { whole[700].CapId, "cap_none", whole[3].CapId, whole[5].CapId } };
        await SetActiveAsync(whole[5].CapId, active: false);

        Assert.Equal([whole[3], whole[700]], (await list.RunAsync(asked, LedgerFixture.Token)).Caps);
        await SetActiveAsync(whole[5].CapId, active: true);
        asked.CapIds.Add(Enumerable.Repeat("cap_1", 998));
        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => list.RunAsync(asked, LedgerFixture.Token)));
    }

    [Theory(Timeout = 300_000)]
    [InlineData(0, "cap_none", Reasons.PageTokenInvalid)]
    [InlineData(-1, "", Reasons.InvalidArgument)]
    [InlineData(1_001, "", Reasons.InvalidArgument)]
    public async Task A_page_that_there_cannot_be_is_refused(int size, string token, string reason) => Assert.Equal(
        reason, await HoldTests.TryAsync(() => ledger.Get<ListCaps>().RunAsync(new ListCapsRequest { PageSize = size, PageToken = token }, LedgerFixture.Token)));

    /// <summary>As a list without any it would read as if what was mistyped had no cap.</summary>
    [Theory(Timeout = 300_000)]
    [InlineData(CapScope.Team, Reasons.TeamNotFound)]
    [InlineData(CapScope.User, Reasons.UserNotFound)]
    [InlineData(CapScope.Key, Reasons.KeyNotFound)]
    public async Task Caps_of_what_does_not_exist_are_no_empty_list(CapScope scope, string reason) => Assert.Equal(
        reason, await HoldTests.TryAsync(() => ledger.Get<ListCaps>().RunAsync(new ListCapsRequest { Scope = scope, ScopeId = "typo" }, LedgerFixture.Token)));

    private async Task SetActiveAsync(string capId, bool active)
    {
        await using var command = ledger.DataSource.CreateCommand("UPDATE cap SET active = $2 WHERE cap_id = $1");
        command.Parameters.Add(new() { Value = capId });
        command.Parameters.Add(new() { Value = active });
        await command.ExecuteNonQueryAsync(LedgerFixture.Token);
    }

    /// <summary>How often a plan that was carried out read the leases.</summary>
    private static long Readings(JsonElement node)
    {
        var own = node.TryGetProperty("Relation Name", out var relation) && relation.GetString() == "lease" ? node.GetProperty("Actual Loops").GetInt64() : 0;
        return own + (node.TryGetProperty("Plans", out var plans) ? plans.EnumerateArray().Sum(Readings) : 0);
    }

    private async Task FillAsync()
    {
        if (await ledger.ScalarAsync<long>("SELECT count(*) FROM cap") > 0)
        {
            return;
        }

        foreach (var sql in (string[])[Fill, FillAccounts, FillLeases])
        {
            await using var command = ledger.DataSource.CreateCommand(sql);
            if (sql.Contains("$1", StringComparison.Ordinal))
            {
                command.Parameters.Add(new() { Value = ledger.Time.GetUtcNow() });
            }

            await command.ExecuteNonQueryAsync(LedgerFixture.Token);
        }
    }
}
