using Npgsql;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using Platform.Wallet.Ledger;
using Platform.Wallet.Verification;

namespace Platform.Wallet.Tests.Funds;

/// <summary>On a database of its own: it is broken on purpose.</summary>
public sealed class VerificationTests : IAsyncLifetime
{
    private readonly LedgerFixture _ledger = new();

    public ValueTask InitializeAsync() => _ledger.InitializeAsync();

    public ValueTask DisposeAsync() => _ledger.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task New_entries_are_verified_once()
    {
        var team = await BusyTeamAsync();
        var first = await VerifyNewAsync();
        Assert.Equal((true, await _ledger.ScalarAsync<long>("SELECT count(*) FROM ledger_entry")), (first.Consistent, first.Entries));

        _ledger.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(0, (await VerifyNewAsync()).Entries);
        await _ledger.HoldAsync(team, Guid.CreateVersion7(), 5);
        var last = await VerifyNewAsync();
        Assert.Equal((true, 1, 2), (last.Consistent, last.Wallets, last.Entries));
    }

    [Fact(Timeout = 300_000)]
    public async Task Who_asks_for_all_while_it_is_verified_gets_the_next_answer_with_the_others_who_do()
    {
        await BusyTeamAsync();
        var verify = _ledger.Get<VerifyLedger>();
        await using var connection = await _ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token);
        await using var transaction = await connection.BeginTransactionAsync(LedgerFixture.Token);
        await using (var command = new NpgsqlCommand("LOCK TABLE transfer IN ACCESS EXCLUSIVE MODE", connection, transaction))
        {
            await command.ExecuteNonQueryAsync(LedgerFixture.Token);
        }

        var first = verify.RunAsync(LedgerFixture.Token);
        await Eventually.TrueAsync(
            () => _ledger.ScalarAsync<bool>("SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"),
            TimeSpan.FromSeconds(20), "the first verification to read");
        using var gone = new CancellationTokenSource();
        var leaver = verify.RunAsync(gone.Token);
        var later = Enumerable.Range(0, 10).Select(_ => verify.RunAsync(LedgerFixture.Token)).ToArray();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver);
        await transaction.RollbackAsync(LedgerFixture.Token);

        var answers = await Task.WhenAll(later);
        Assert.All(answers, answer => Assert.Same(answers[0], answer));
        Assert.NotSame(await first, answers[0]);
        Assert.True(answers[0].Consistent);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_verification_pauses_for_as_long_as_the_last_took_and_ends_with_the_last_who_waits_for_it()
    {
        var (runs, answer) = (new List<CancellationToken>(), new TaskCompletionSource());
        var started = new SemaphoreSlim(0);
        var shared = new SharedVerification(
            async stop =>
            {
                runs.Add(stop);
                started.Release();
                await answer.Task.WaitAsync(stop);
                return new VerifyResponse();
            },
            _ledger.Time);
        var first = shared.RunAsync(LedgerFixture.Token);
        await started.WaitAsync(LedgerFixture.Token);
        _ledger.Time.Advance(TimeSpan.FromMinutes(1));
        answer.SetResult();
        await first;

        answer = new TaskCompletionSource();
        using var gone = new CancellationTokenSource();
        var (second, third) = (shared.RunAsync(gone.Token), shared.RunAsync(gone.Token));
        _ledger.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Single(runs);

        // Its wait may begin only now, which then is as long as what is left of it.
        await Eventually.TrueAsync(
            () =>
            {
                _ledger.Time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(started.CurrentCount == 1);
            },
            TimeSpan.FromSeconds(20), "the second verification to begin");
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(second, third));
        Assert.True(runs[1].IsCancellationRequested);
        answer.SetResult();
    }

    // Each breaks one thing that neither constraints nor triggers (which are off) keep.
    [Theory]
    [InlineData("UPDATE wallet SET held = held - 5, available = available + 5 WHERE team_id = $1", "available is")]
    [InlineData("UPDATE wallet SET held = held - 5, available = available + 5 WHERE team_id = $1", "but its holds and leases say")]
    [InlineData("UPDATE transfer SET amount = amount + 1, to_after = to_after + 1, from_after = from_after - 1 WHERE to_wallet = 'wal_' || $1 AND kind = 4", "but the entry before left")]
    [InlineData("DELETE FROM transfer WHERE to_wallet = 'wal_' || $1 AND kind = 4", "but the entry before left")]
    [InlineData("UPDATE hold SET held = held + 1, bound = bound + 1 WHERE wallet_id = 'wal_' || $1 AND state = 1", "in suspense, but its entries say")]
    [InlineData("UPDATE hold SET state = CASE state WHEN 4 THEN 1 ELSE 4 END WHERE wallet_id = 'wal_' || $1 AND held = 20", "in suspense, but its entries say")]
    [InlineData("UPDATE transfer SET available_after = available_after + 1 WHERE to_wallet = 'wal_' || $1 AND kind = 4", "available after it, but its entries leave")]
    [InlineData("UPDATE wallet SET boundary_at = now() WHERE team_id = $1", "that money must return from it at")]
    [InlineData("UPDATE wallet SET boundary_at = '2020-01-01' WHERE team_id = $1", "but money must return from wal_")]
    [InlineData("UPDATE wallet SET moved_out = moved_out + 1, credited = credited + 1 WHERE team_id = $1", "of its money is below it")]
    [InlineData("UPDATE wallet SET leased_undrawn = leased_undrawn + 1 WHERE team_id = $1", "as undrawn in leases, but")]
    [InlineData("UPDATE wallet SET leased_drawn = leased_drawn + 1 WHERE team_id = $1", "as drawn in leases and not posted, but")]
    public async Task What_must_never_be_is_found_by_both_verifications(string sql, string finding)
    {
        await BreakAsync(sql, await BusyTeamAsync());
        var full = await _ledger.Get<VerifyLedger>().RunAsync(LedgerFixture.Token);
        Assert.False(full.Consistent);
        Assert.Contains(full.Findings, sentence => sentence.Contains(finding, StringComparison.Ordinal));
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var partial = await VerifyNewAsync();
            Assert.False(partial.Consistent);
            Assert.Contains(partial.Findings, sentence => sentence.Contains(finding, StringComparison.Ordinal));
            Assert.True(await _ledger.Get<VerifyAtIntervals>().RoundAsync(LedgerFixture.Token));
        }

        // Told at each round, under one identity a day.
        Assert.Equal("2 1", await _ledger.ScalarAsync<string>(
            "SELECT count(*) || ' ' || count(DISTINCT message_id) FROM outbox WHERE message_type LIKE '%LedgerInconsistent'"));
    }

    /// <summary>A replica whose clock is ahead of the database's leaves the limit of a period as it was that has ended for it already.</summary>
    [Theory(Timeout = 300_000)]
    [InlineData("5 minutes", true)]
    [InlineData("20 seconds", false)]
    public async Task Limit_of_a_period_is_verified_but_not_when_it_ends_within_what_clocks_differ(string endsIn, bool isFound)
    {
        await BusyTeamAsync();
        await _ledger.ScalarAsync<int>($"WITH ending AS (UPDATE cap_account SET limit_nanos = limit_nanos + 1, period_to = now() + interval '{endsIn}' RETURNING 1) SELECT count(*)::int FROM ending");
        Assert.Equal(isFound, (await VerifyNewAsync()).Findings.Any(sentence => sentence.Contains("but the cap says", StringComparison.Ordinal)));
    }

    // Each is a sum over all entries.
    [Theory(Timeout = 300_000)]
    [InlineData("UPDATE cap_account SET used = used + 1 WHERE $1 <> ''", "of its period from")]
    [InlineData("UPDATE lease SET posted = posted + 1, returned = returned - 1 WHERE wallet_id = 'wal_' || $1", "given back 29, posted 41, suspended 20, but its transfers say 200, 30, 40, 20")]
    [InlineData("UPDATE transfer SET amount = amount + 1, to_after = to_after + 1, from_after = from_after - 1 WHERE lease_id IS NOT NULL AND kind = 4 AND from_wallet = 'wal_' || $1", "but its transfers say 200, 30, 41, 20")]
    [InlineData("UPDATE lease SET suspended = suspended + 1, posted = posted - 1 WHERE wallet_id = 'wal_' || $1", "went to suspense attempt by attempt, but those attempts say")]
    [InlineData("UPDATE transfer SET to_wallet = 'wal_nowhere' WHERE to_wallet = 'wal_' || $1 AND kind = 4", "entries are of wallet wal_nowhere, which does not exist")]
    [InlineData("UPDATE posting SET posting_id = gen_random_uuid() WHERE wallet_id = 'wal_' || $1", "has spent, but no usage record is posted for it")]
    [InlineData(
        """
        WITH one AS (SELECT attempt_id, posting_id FROM transfer WHERE kind = 4 AND lease_id IS NULL AND to_wallet = 'wal_' || $1 LIMIT 1)
        UPDATE transfer t SET attempt_id = one.attempt_id, posting_id = one.posting_id FROM one WHERE kind = 4 AND lease_id IS NULL AND to_wallet = 'wal_' || $1
        """,
        "is posted 2 times from one account of wal_")]
    [InlineData("DELETE FROM posting WHERE wallet_id = 'wal_' || $1", "is posted, but no usage record of its attempt is")]
    public async Task What_only_all_entries_show_is_found_by_the_service_once_a_day_and_at_each_round_from_then_on(string sql, string finding)
    {
        var team = await BusyTeamAsync();
        await FoundAsync(0);
        await BreakAsync(sql, team);
        Assert.Contains((await _ledger.Get<VerifyLedger>().RunAsync(LedgerFixture.Token)).Findings, sentence => sentence.Contains(finding, StringComparison.Ordinal));

        _ledger.Time.Advance(TimeSpan.FromHours(23));
        Assert.DoesNotContain((await VerifyNewAsync()).Findings, sentence => sentence.Contains(finding, StringComparison.Ordinal));
        _ledger.Time.Advance(TimeSpan.FromHours(2));
        await FoundAsync(1);
        await FoundAsync(2);

        async Task FoundAsync(int rounds)
        {
            Assert.True(await _ledger.Get<VerifyAtIntervals>().RoundAsync(LedgerFixture.Token));
            Assert.Equal(rounds, await _ledger.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE message_type LIKE '%LedgerInconsistent'"));
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task One_replica_at_a_time_verifies_at_intervals()
    {
        await using var other = await _ledger.Get<VerificationStore>().TryLeadAsync(LedgerFixture.Token);
        Assert.NotNull(other);
        Assert.False(await _ledger.Get<VerifyAtIntervals>().RoundAsync(LedgerFixture.Token));
        await VerificationStore.EndLeadAsync(other, LedgerFixture.Token);
    }

    [Fact(Timeout = 600_000)]
    public async Task The_ledger_is_verified_while_it_is_written()
    {
        var teams = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _ledger.TeamWithAsync(100_000)));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(LedgerFixture.Token);
        var writers = teams.Select(async team =>
        {
            while (!stop.IsCancellationRequested)
            {
                var attempt = Guid.CreateVersion7();
                await _ledger.HoldAsync(team, attempt, 10, sent: true);
                await _ledger.PostAsync(_ledger.Item(team, attempt, 7));
                await HoldTests.TryAsync(() => _ledger.Get<ReclaimFunds>().RunAsync(
                    new ReclaimRequest { TeamId = team, AmountNanos = 3, Currency = "USD", IdempotencyKey = attempt.ToString() }, "test", LedgerFixture.Token));
            }
        }).ToList();
        for (var i = 0; i < 10; i++)
        {
            Assert.Empty((await VerifyNewAsync()).Findings);
            Assert.Empty((await _ledger.Get<VerifyLedger>().RunAsync(LedgerFixture.Token)).Findings);
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        await _ledger.VerifyAsync();
    }

    /// <summary>With neither triggers nor foreign keys in the way.</summary>
    private async Task BreakAsync(string sql, string team)
    {
        await using var connection = await _ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token);
        await using var command = new NpgsqlCommand("SET session_replication_role = replica", connection);
        await command.ExecuteNonQueryAsync(LedgerFixture.Token);
        command.CommandText = sql;
        command.Parameters.Add(new NpgsqlParameter { Value = team });
        Assert.True(await command.ExecuteNonQueryAsync(LedgerFixture.Token) > 0);
        command.Parameters.Clear();
        command.CommandText = "SET session_replication_role = DEFAULT";
        await command.ExecuteNonQueryAsync(LedgerFixture.Token);
    }

    /// <summary>Of a lease of 200, 30 came back, 40 are posted, 20 wait in suspense and 10 are drawn; and there are holds in every state.</summary>
    private async Task<string> BusyTeamAsync()
    {
        var team = await _ledger.TeamWithAsync(1_000);
        await CapTests.SetAsync(_ledger, CapScope.Team, team, 1_000);
        var lease = new LeaseClient(_ledger, team);
        await lease.AcquireAsync(200);
        await lease.ReportAsync(30, 50, 20);
        await lease.SuspendAsync(Guid.CreateVersion7(), 20);
        await _ledger.PostAsync(lease.Item(40, bound: 40));
        var (posted, open) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await _ledger.HoldAsync(team, posted, 30);
        await _ledger.PostAsync(_ledger.Item(team, posted, 12));
        await _ledger.HoldAsync(team, open, 20);
        await _ledger.HoldAsync(team, Guid.CreateVersion7(), 10);
        var attempt = Guid.CreateVersion7();
        await _ledger.HoldAsync(team, attempt, 15);
        await _ledger.PostAsync(_ledger.Item(team, attempt, 5));
        return team;
    }

    private Task<VerifyResponse> VerifyNewAsync() => _ledger.Get<VerifyNewEntries>().RunAsync(LedgerFixture.Token);
}
