using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using Platform.Wallet.Allocations;
using Platform.Wallet.Identity;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

public sealed class AuditLogTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Fact(Timeout = 300_000)]
    public async Task Entries_are_numbered_without_gaps_and_verify_though_many_write_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ledger.TeamWithAsync(0)));
        var verified = await ledger.Get<AuditStore>().VerifyAsync(LedgerFixture.Token);
        Assert.True(verified.Consistent, verified.Finding);
        Assert.Equal(await ledger.ScalarAsync<long>("SELECT max(audit_id) FROM identity.audit_log"), verified.Entries);

        var newest = (await ListAsync()).First();
        Assert.Equal((verified.Entries, verified.HeadSha256), (newest.AuditId, newest.Sha256));
    }

    [Fact(Timeout = 300_000)]
    public async Task Entries_are_found_by_subject_actor_action_and_time_and_paged()
    {
        var team = await ledger.TeamWithAsync(0);
        var from = ledger.Time.GetUtcNow();
        foreach (var freeze in new[] { true, false, true })
        {
            await ledger.Get<FreezeTeam>().RunAsync(
                new FreezeTeamRequest { TeamId = team, IdempotencyKey = Guid.NewGuid().ToString() }, freeze, new Actor("key_auditor", Role.Admin), LedgerFixture.Token);
        }

        Assert.Equal(["team.freeze", "team.unfreeze", "team.freeze", "team.create"], (await ListAsync(subject: team)).Select(record => record.Action));
        Assert.Equal(["team.freeze", "team.freeze"], (await ListAsync(subject: team, action: "team.freeze")).Select(record => record.Action));
        Assert.Equal(4, (await ListAsync(subject: team, action: "team.")).Count);
        Assert.Empty(await ListAsync(subject: team, action: "team"));
        Assert.Equal(3, (await ListAsync(actor: "key_auditor")).Count);
        Assert.Equal(4, (await ListAsync(subject: team, from: from, to: from.AddTicks(10))).Count);
        Assert.Empty(await ListAsync(subject: team, from: from.AddTicks(10)));
        Assert.Empty(await ListAsync(subject: team, to: from));

        var first = await ListAsync(subject: team, limit: 2);
        Assert.Equal(3, first.Count); // One more than asked for, which tells that there is a next page.
        Assert.Equal(2, (await ListAsync(subject: team, before: first[1].AuditId)).Count);

        var frozen = first[0];
        Assert.DoesNotContain("frozen_at", frozen.BeforeJson, StringComparison.Ordinal);
        Assert.Contains("\"frozen_at\": \"2026-06-01T12:00:00Z\"", frozen.AfterJson, StringComparison.Ordinal);
    }

    /// <summary>As an empty list a mistyped action would read as if nobody had done it.</summary>
    [Theory(Timeout = 300_000)]
    [InlineData("key.revok", false)]
    [InlineData("key", false)]
    [InlineData("keys.", false)]
    [InlineData("key.revoke", true)]
    [InlineData("key.", true)]
    [InlineData("", true)]
    public async Task An_action_that_there_is_not_is_refused(string action, bool isKnown) => Assert.Equal(
        isKnown ? null : Reasons.InvalidArgument,
        await HoldTests.TryAsync(() => ledger.Get<ListAudit>().RunAsync(new ListAuditRequest { Subject = "key_nobody", Action = action }, LedgerFixture.Token)));

    [Fact(Timeout = 300_000)]
    public async Task Every_action_that_is_recorded_is_known()
    {
        await ledger.TeamWithAsync(1_000);
        var recorded = (await ListAsync()).Select(record => record.Action).ToHashSet();
        Assert.Contains(AuditActions.CreateTeam, recorded);
        Assert.All(recorded, action => Assert.Contains(action, AuditActions.All));
        Assert.Equal(AuditActions.All.Distinct().Order(StringComparer.Ordinal), AuditActions.All);
    }

    [Fact(Timeout = 300_000)]
    public async Task Who_makes_a_users_or_applications_wallet_is_told_however_it_is_made()
    {
        var team = await ledger.TeamWithAsync(1_000);
        foreach (var user in new[] { "made", "given", "planned" })
        {
            await ledger.UserAsync($"{user}_{team}");
        }

        await ledger.Get<CreateWallet>().RunAsync(
            new CreateWalletRequest { TeamId = team, UserId = $"made_{team}", Name = "Made", IdempotencyKey = $"made_{team}" }, "key_a", LedgerFixture.Token);
        for (var times = 0; times < 2; times++)
        {
            await ledger.Get<AllocateFunds>().RunAsync(
                new AllocateRequest { TeamId = team, UserId = $"given_{team}", AmountNanos = 5, Currency = "USD", IdempotencyKey = $"given_{team}_{times}" }, "key_b",
                LedgerFixture.Token);
        }

        await ledger.Get<PlanAllocation>().RunAsync(
            new PlanAllocationRequest
            {
                TeamId = team, UserId = $"planned_{team}", AmountNanos = 5, Currency = "USD", Recurrence = Recurrence.Once, IdempotencyKey = $"planned_{team}",
            }, "key_c", LedgerFixture.Token);

        foreach (var (user, actor) in new[] { ("made", "key_a"), ("given", "key_b"), ("planned", "key_c") })
        {
            var told = Assert.Single(await ListAsync(subject: WalletAccounts.IdOf(team, $"{user}_{team}")));
            Assert.Equal((actor, "wallet.create", ""), (told.Actor, told.Action, told.BeforeJson));
            Assert.Contains(WalletAccounts.IdOf(team, $"{user}_{team}"), told.AfterJson, StringComparison.Ordinal);
        }

        Assert.True((await ledger.Get<AuditStore>().VerifyAsync(LedgerFixture.Token)).Consistent);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_team_is_renamed_and_its_wallet_changed_at_once_and_neither_locks_the_other_out()
    {
        var team = await ledger.TeamWithAsync(0);
        await using var connection = await ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token);
        await using var transaction = await connection.BeginTransactionAsync(LedgerFixture.Token);
        await LedgerStore.LockAsync(transaction, [WalletAccounts.IdOf(team)], LedgerFixture.Token);
        var rename = ledger.Get<UpdateTeam>().RunAsync(
            new UpdateTeamRequest { TeamId = team, Name = "Renamed", IdempotencyKey = team }, LedgerFixture.Tester, LedgerFixture.Token);
        await Eventually.TrueAsync(
            async () => await ledger.ScalarAsync<bool>(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE wallet SET name%')"),
            TimeSpan.FromSeconds(20), "the change of the name to wait for the wallet");

        await IdentityStore.AuditAsync(
            transaction, new AuditEntry("key_a", "wallet.freeze", WalletAccounts.IdOf(team), null, null), ledger.Time.GetUtcNow(), LedgerFixture.Token);
        await transaction.CommitAsync(LedgerFixture.Token);
        Assert.Equal("Renamed", (await rename).Name);
    }

    [Fact(Timeout = 300_000)]
    public async Task Nothing_changes_deletes_or_empties_the_log()
    {
        foreach (var sql in new[] { "UPDATE identity.audit_log SET actor = ''", "DELETE FROM identity.audit_log", "TRUNCATE identity.audit_log" })
        {
            var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => ledger.DataSource.CreateCommand(sql).ExecuteNonQueryAsync(LedgerFixture.Token));
            Assert.Contains("append-only", refused.MessageText, StringComparison.Ordinal);
        }
    }

    internal Task<List<AuditRecord>> ListAsync(
        string subject = "", string actor = "", string action = "", DateTimeOffset? from = null, DateTimeOffset? to = null, long before = long.MaxValue,
        int limit = 100) =>
        ledger.Get<AuditStore>().ListAsync(new AuditFilter(subject, actor, action, from, to), before, limit, LedgerFixture.Token);
}

/// <summary>Each test has a log of its own to tamper with, as whoever owns the database could.</summary>
public sealed class AuditTamperingTests
{
    [Theory(Timeout = 300_000)]
    [InlineData("UPDATE identity.audit_log SET actor = 'nobody' WHERE audit_id = 2", 2)]
    [InlineData("UPDATE identity.audit_log SET after = after || '{\"name\": \"other\"}' WHERE audit_id = 3", 3)]
    [InlineData("UPDATE identity.audit_log SET recorded_at = recorded_at + interval '1 microsecond' WHERE audit_id = 3", 3)]
    [InlineData("DELETE FROM identity.audit_log WHERE audit_id = 2", 3)]
    [InlineData("DELETE FROM identity.audit_log WHERE audit_id = (SELECT max(audit_id) FROM identity.audit_log)", 0)]
    [InlineData("DELETE FROM identity.audit_log", 0)]
    public async Task What_was_tampered_with_is_found(string sql, long firstBad)
    {
        await using var ledger = new LedgerFixture();
        await ledger.InitializeAsync();
        await ledger.TeamWithAsync(0);
        await ledger.DataSource.CreateCommand("ALTER TABLE identity.audit_log DISABLE TRIGGER USER; " + sql).ExecuteNonQueryAsync(LedgerFixture.Token);
        var verified = await ledger.Get<AuditStore>().VerifyAsync(LedgerFixture.Token);
        Assert.False(verified.Consistent);
        Assert.Equal(firstBad, verified.FirstBadAuditId);
        Assert.NotEmpty(verified.Finding);
    }
}
