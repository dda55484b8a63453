using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using Platform.Wallet.Controls;
using Platform.Wallet.Identity;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

public sealed class CapTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Fact(Timeout = 300_000)]
    public async Task A_cap_is_set_once_changed_in_place_and_listed_with_its_period()
    {
        var team = await ledger.TeamWithAsync(0);
        var made = await SetAsync(team, 1_000, description: "June");
        var repeat = await SetAsync(team, 1_000, description: "June", key: made.IdempotencyKey);
        var changed = await SetAsync(team, 2_000);
        var other = await SetAsync(team, 500, period: CapPeriod.Day);
        var budget = await SetAsync(team, 700, source: "budget_1");

        Assert.Equal(made.Cap, repeat.Cap);
        Assert.Equal((made.Cap.CapId, 2_000L, "USD", "UTC"), (changed.Cap.CapId, changed.Cap.AmountNanos, changed.Cap.Currency, changed.Cap.TimeZone));
        Assert.Equal((Moment("2026-06-01"), Moment("2026-07-01")), (made.Cap.PeriodFrom.ToMoment(), made.Cap.PeriodTo.ToMoment()));
        var listed = (await ledger.Get<ListCaps>().RunAsync(new ListCapsRequest { Scope = CapScope.Team, ScopeId = team }, LedgerFixture.Token)).Caps;
        Assert.Equal([other.Cap, changed.Cap, budget.Cap], listed);
        Assert.Equal(
            ["cap.set", "cap.change"], await ListAsync("SELECT action FROM identity.audit_log WHERE subject = $1 ORDER BY audit_id", made.Cap.CapId));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_cap_in_another_time_zone_has_to_be_removed_first_and_is_then_another_cap()
    {
        var team = await ledger.TeamWithAsync(0);
        var utc = (await SetAsync(team, 1_000)).Cap;
        Assert.Equal(Reasons.CapExists, await HoldTests.TryAsync(() => SetAsync(team, 1_000, zone: "Europe/Berlin")));

        await RemoveAsync(utc.CapId);
        var berlin = (await SetAsync(team, 1_000, zone: "Europe/Berlin")).Cap;

        Assert.NotEqual(utc.CapId, berlin.CapId);
        Assert.Equal(new DateTimeOffset(2026, 5, 31, 22, 0, 0, TimeSpan.Zero), berlin.PeriodFrom.ToMoment());
    }

    [Fact(Timeout = 300_000)]
    public async Task A_cap_whose_zone_the_machine_lacks_is_named_hides_no_other_and_can_be_removed()
    {
        var (lost, sound) = (await ledger.TeamWithAsync(0), await ledger.TeamWithAsync(0));
        var cap = (await SetAsync(lost, 1_000)).Cap;
        var other = (await SetAsync(sound, 500)).Cap;
        Assert.True(await TryDebitAsync(await AccountsAsync(lost), 60));
        Assert.Equal(1, await ledger.ScalarAsync<int>("WITH lost AS (UPDATE cap SET time_zone = 'Mars/Olympus' WHERE cap_id = $1 RETURNING 1 AS one) SELECT one FROM lost", cap.CapId));

        var listed = (await ledger.Get<ListCaps>().RunAsync(new ListCapsRequest { Scope = CapScope.Team }, LedgerFixture.Token)).Caps;
        Assert.Contains(other, listed);
        var named = listed.Single(each => each.CapId == cap.CapId);
        Assert.Equal(("Mars/Olympus", 1_000, 60, 0), (named.TimeZone, named.AmountNanos, named.UsedNanos, named.LeftNanos));
        Assert.Equal((null, null), (named.PeriodFrom, named.PeriodTo));
        Assert.Contains("Mars/Olympus", named.Problem, StringComparison.Ordinal);
        Assert.Equal("", other.Problem);

        Assert.Equal(Reasons.CapExists, await HoldTests.TryAsync(() => SetAsync(lost, 1_000)));
        var removed = await RemoveAsync(cap.CapId);
        Assert.Equal((false, named.Problem), (removed.Active, removed.Problem));
        Assert.Equal(removed, await RemoveAsync(cap.CapId));
        Assert.NotEqual(cap.CapId, (await SetAsync(lost, 1_000)).Cap.CapId);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_removed_cap_limits_nothing_and_goes_on_where_it_stood_when_it_is_set_again()
    {
        var team = await ledger.TeamWithAsync(0);
        var cap = (await SetAsync(team, 100)).Cap;
        var accounts = await AccountsAsync(team);
        Assert.True(await TryDebitAsync(accounts, 60));

        var removed = await RemoveAsync(cap.CapId);
        Assert.Equal((false, 60), (removed.Active, removed.UsedNanos));
        Assert.Equal(removed, await RemoveAsync(cap.CapId));
        Assert.True(await TryDebitAsync(accounts, 70));
        Assert.Empty(await AccountsAsync(team));

        var again = (await SetAsync(team, 200)).Cap;
        Assert.Equal((cap.CapId, 130, 70), (again.CapId, again.UsedNanos, again.LeftNanos));
        Assert.Equal(accounts, await AccountsAsync(team));
        Assert.False(await TryDebitAsync(accounts, 71));
        Assert.True(await TryDebitAsync(accounts, 70));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_cap_lowered_below_what_is_used_lets_nothing_pass_until_the_next_period()
    {
        var clock = new LedgerFixture();
        await clock.InitializeAsync();
        await using var _ = clock;
        var team = await clock.TeamWithAsync(0);
        await SetAsync(team, 100, on: clock);
        Assert.True(await TryDebitAsync(await AccountsAsync(team, clock), 60, clock));

        var lowered = (await SetAsync(team, 50, on: clock)).Cap;
        Assert.Equal((60, 0), (lowered.UsedNanos, lowered.LeftNanos));
        Assert.False(await TryDebitAsync(await AccountsAsync(team, clock), 1, clock));

        clock.Time.SetUtcNow(Moment("2026-07-01"));
        Assert.True(await TryDebitAsync(await AccountsAsync(team, clock), 50, clock));
        Assert.False(await TryDebitAsync(await AccountsAsync(team, clock), 1, clock));
    }

    [Fact(Timeout = 300_000)]
    public async Task What_was_spent_before_a_cap_counts_is_taken_off_its_first_period_however_often_it_is_told()
    {
        var clock = new LedgerFixture();
        await clock.InitializeAsync();
        await using var _ = clock;
        var team = await clock.TeamWithAsync(0);
        var cap = (await SetAsync(team, 100, spent: 40, on: clock)).Cap;
        Assert.Equal((100, 40, 60), (cap.AmountNanos, cap.UncountedNanos, cap.LeftNanos));
        Assert.True(await TryDebitAsync(await AccountsAsync(team, clock), 50, clock));

        // Told again, as by somebody who never heard the answer: what the cap has counted meanwhile is not taken off once more.
        var again = (await SetAsync(team, 100, spent: 90, on: clock)).Cap;
        Assert.Equal((40, 50, 10), (again.UncountedNanos, again.UsedNanos, again.LeftNanos));
        Assert.False(await TryDebitAsync(await AccountsAsync(team, clock), 11, clock));
        var raised = (await SetAsync(team, 120, on: clock)).Cap;
        Assert.Equal((40, 30), (raised.UncountedNanos, raised.LeftNanos));

        // Removed for a while, it misses what is spent by then, and is told.
        await RemoveAsync(cap.CapId, clock);
        var back = (await SetAsync(team, 120, spent: 105, on: clock)).Cap;
        Assert.Equal((55, 50, 15), (back.UncountedNanos, back.UsedNanos, back.LeftNanos));
        clock.Time.SetUtcNow(Moment("2026-07-01"));
        var next = (await SetAsync(team, 120, spent: 10, on: clock)).Cap;
        Assert.Equal((0, 120), (next.UncountedNanos, next.LeftNanos));
        Assert.True(await TryDebitAsync(await AccountsAsync(team, clock), 120, clock));
    }

    [Fact(Timeout = 300_000)]
    public async Task Spend_beyond_a_new_cap_lets_nothing_through_and_that_of_another_period_is_none_of_this_one()
    {
        var (passed, early) = (await ledger.TeamWithAsync(0), await ledger.TeamWithAsync(0));
        Assert.Equal(0, (await SetAsync(passed, 100, spent: 600)).Cap.LeftNanos);
        Assert.False(await TryDebitAsync(await AccountsAsync(passed), 2));
        Assert.Equal(100, (await SetAsync(early, 100, spent: 60, spentUntil: "2026-06-01")).Cap.LeftNanos);
        Assert.Equal(100, (await SetAsync(early, 100, spent: 60)).Cap.LeftNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task What_becomes_known_later_of_a_caps_first_period_is_corrected_whether_it_is_more_or_less_and_nothing_else_changes()
    {
        var team = await ledger.TeamWithAsync(0);
        var cap = (await SetAsync(team, 100, spent: 40)).Cap;
        Assert.Equal(Moment("2026-07-01"), cap.UncountedUntil.ToMoment());
        Assert.True(await TryDebitAsync(await AccountsAsync(team), 10));

        var corrected = (await SetAsync(team, 100, description: "not taken", spent: 75, settled: 10)).Cap;
        Assert.Equal((65, 10, 25, ""), (corrected.UncountedNanos, corrected.UsedNanos, corrected.LeftNanos, corrected.Description));
        Assert.Equal((cap.ChangedAt, cap.ChangedBy), (corrected.ChangedAt, corrected.ChangedBy));
        Assert.False(await TryDebitAsync(await AccountsAsync(team), 26));
        Assert.Equal(62, (await SetAsync(team, 100, spent: 72, settled: 10)).Cap.UncountedNanos);
        Assert.Equal(62, (await SetAsync(team, 100, spent: 7, settled: 0, spentUntil: "2026-06-01")).Cap.UncountedNanos);
        Assert.Equal(["cap.set"], await ListAsync("SELECT action FROM identity.audit_log WHERE subject = $1 ORDER BY audit_id", cap.CapId));

        // Neither a cap of another amount, nor one that is gone: a late word brings nothing back.
        Assert.Equal(Reasons.CapNotFound, await HoldTests.TryAsync(() => SetAsync(team, 90, spent: 75, settled: 10)));
        await RemoveAsync(cap.CapId);
        Assert.Equal(Reasons.CapNotFound, await HoldTests.TryAsync(() => SetAsync(team, 100, spent: 75, settled: 10)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Concurrent_debits_under_two_caps_never_pass_either()
    {
        var (first, second) = (await ledger.TeamWithAsync(0), await ledger.TeamWithAsync(0));
        await SetAsync(first, 1_000);
        await SetAsync(second, 700);
        var (one, two) = (await AccountsAsync(first), await AccountsAsync(second));
        long[] both = [.. one.Concat(two).Order()];

        var passed = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => TryDebitAsync((i % 3) switch { 0 => one, 1 => two, _ => both }, 30)));

        Assert.Equal(23 * 30, await UsedAsync(two[0]));
        Assert.InRange(await UsedAsync(one[0]), 20 * 30, 33 * 30);
        Assert.True(passed.Count(each => each) > 23);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_change_of_a_limit_and_the_first_call_of_a_period_at_once_leave_the_new_limit()
    {
        for (var round = 0; round < 20; round++)
        {
            var team = await ledger.TeamWithAsync(0);
            var cap = (await SetAsync(team, 100)).Cap;
            await Task.WhenAll(SetAsync(team, 200), AccountsAsync(team), AccountsAsync(team));

            Assert.Equal(1, await ledger.ScalarAsync<long>("SELECT count(*) FROM cap_account WHERE cap_id = $1", cap.CapId));
            Assert.Equal(200, await ledger.ScalarAsync<long>("SELECT limit_nanos FROM cap_account WHERE cap_id = $1", cap.CapId));
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task A_cap_on_a_key_is_on_all_that_it_is_rotated_to()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var first = await KeyAsync(ledger, team);
        var cap = await SetAsync(ledger, CapScope.Key, first, 100);
        var second = await RotateAsync(first);
        var third = await RotateAsync(second);

        var accounts = (await ledger.Get<CapAccounts>().ForAsync(new CapSubject(team, "", third), ledger.Time.GetUtcNow(), LedgerFixture.Token)).Accounts;
        Assert.Equal(accounts, (await ledger.Get<CapAccounts>().ForAsync(new CapSubject(team, "", first), ledger.Time.GetUtcNow(), LedgerFixture.Token)).Accounts);
        Assert.Single(accounts);
        var changed = await SetAsync(ledger, CapScope.Key, third, 200);
        Assert.Equal((cap.CapId, 200), (changed.CapId, changed.AmountNanos));
        var listed = await ledger.Get<ListCaps>().RunAsync(new ListCapsRequest { Scope = CapScope.Key, ScopeId = second }, LedgerFixture.Token);
        Assert.Equal((cap.CapId, first), (Assert.Single(listed.Caps).CapId, listed.Caps[0].ScopeId));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_cap_on_a_key_may_be_set_by_the_id_it_is_kept_under_until_the_last_key_of_its_line_is_revoked()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var first = await KeyAsync(ledger, team);
        var cap = await SetAsync(ledger, CapScope.Key, first, 100);
        var second = await RotateAsync(first);
        await RevokeAsync(first);

        var changed = await SetAsync(ledger, CapScope.Key, first, 200);
        Assert.Equal((cap.CapId, first, 200), (changed.CapId, changed.ScopeId, changed.AmountNanos));
        var again = await SetAsync(ledger, CapScope.Key, second, 300);
        Assert.Equal((cap.CapId, 300), (again.CapId, again.AmountNanos));

        await RevokeAsync(second);
        Assert.Equal(Reasons.KeyNotFound, await HoldTests.TryAsync(() => SetAsync(ledger, CapScope.Key, first, 400)));
        var refused = await Assert.ThrowsAsync<RpcException>(() => SetAsync(ledger, CapScope.Key, second, 400));
        Assert.Equal(Reasons.KeyNotFound, RpcErrors.ReasonOf(refused));
        Assert.Contains($"'{second}'", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_is_under_the_caps_of_its_organisation_team_user_and_key()
    {
        var directory = new CapDirectory();
        Assert.Empty(directory.For(new CapSubject("a", "u", "k")));
        directory.Apply([
            Cap("org", CapScope.Organisation, "", 1), Cap("team", CapScope.Team, "a", 2), Cap("team-day", CapScope.Team, "a", 3), Cap("user", CapScope.User, "u", 4),
            Cap("key", CapScope.Key, "k", 5), Cap("other", CapScope.Team, "b", 6),
        ]);

        Assert.Equal(["org", "team", "team-day", "user", "key"], Ids(directory.For(new CapSubject("a", "u", "k"))));
        Assert.Equal(["org"], Ids(directory.For(new CapSubject("c", "", ""))));
        directory.Apply([Cap("team", CapScope.Team, "a", 7) with { Active = false }]);
        Assert.Equal(["org", "team-day"], Ids(directory.For(new CapSubject("a", "", ""))));
        Assert.Equal(7, directory.Revision);
        directory.Apply([Cap("team", CapScope.Team, "a", 2)]);
        Assert.Equal(["org", "team-day"], Ids(directory.For(new CapSubject("a", "", ""))));
        Assert.Equal(7, directory.Revision);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_new_cap_reaches_a_replica_that_only_listens_within_two_seconds()
    {
        var other = new CapDirectory();
        using var feed = new CapFeed(
            ledger.DataSource, ledger.Get<CapStore>(), other, TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<CapFeed>.Instance);
        await feed.StartAsync(LedgerFixture.Token);
        var team = "";
        await Promise.KeptAsync(Promise.TwoSeconds, new Change("a cap of a team", CapAsync, () => Eventually.TrueAsync(
            () => Task.FromResult(other.For(new CapSubject(team, "", "")).Count == 1), Promise.Patience, "the cap in the other replica")));
        await feed.StopAsync(LedgerFixture.Token);

        async Task CapAsync()
        {
            team = await ledger.TeamWithAsync(0);
            await SetAsync(team, 100, refresh: false);
        }
    }

    [Theory]
    [InlineData(CapScope.Team, "team_nobody", CapPeriod.Month, 1, "USD", "", Reasons.TeamNotFound)]
    [InlineData(CapScope.User, "nobody", CapPeriod.Month, 1, "USD", "", Reasons.UserNotFound)]
    [InlineData(CapScope.Key, "key_none", CapPeriod.Month, 1, "USD", "", Reasons.KeyNotFound)]
    [InlineData(CapScope.Team, "team_support", CapPeriod.Month, 0, "USD", "", Reasons.AmountInvalid)]
    [InlineData(CapScope.Team, "team_support", CapPeriod.Month, 1, "EUR", "", Reasons.CurrencyMismatch)]
    [InlineData(CapScope.Team, "team_support", CapPeriod.Unspecified, 1, "USD", "", Reasons.InvalidArgument)]
    [InlineData(CapScope.Team, "team_support", (CapPeriod)9, 1, "USD", "", Reasons.InvalidArgument)]
    [InlineData(CapScope.Team, "team_support", CapPeriod.Month, 1, "USD", "Mars/Olympus", Reasons.InvalidArgument)]
    [InlineData(CapScope.Team, "", CapPeriod.Month, 1, "USD", "", Reasons.InvalidArgument)]
    [InlineData(CapScope.User, "", CapPeriod.Month, 1, "USD", "", Reasons.InvalidArgument)]
    [InlineData(CapScope.Organisation, "team_support", CapPeriod.Month, 1, "USD", "", Reasons.InvalidArgument)]
    [InlineData(CapScope.Unspecified, "", CapPeriod.Month, 1, "USD", "", Reasons.InvalidArgument)]
    public async Task A_bad_cap_has_its_reason(CapScope scope, string id, CapPeriod period, long amount, string currency, string zone, string reason) => Assert.Equal(
        reason, await HoldTests.TryAsync(() => ledger.Get<SetCap>().RunAsync(
            new SetCapRequest { Scope = scope, ScopeId = id, Period = period, AmountNanos = amount, Currency = currency, TimeZone = zone, IdempotencyKey = "bad" },
            "test", LedgerFixture.Token)));

    [Fact(Timeout = 300_000)]
    public async Task An_unknown_cap_cannot_be_removed() =>
        Assert.Equal(Reasons.CapNotFound, await HoldTests.TryAsync(() => RemoveAsync("cap_none")));

    private async Task<(Cap Cap, string IdempotencyKey)> SetAsync(
        string team, long amount, CapPeriod period = CapPeriod.Month, string zone = "", string source = "", string description = "", string? key = null,
        bool refresh = true, LedgerFixture? on = null, long? spent = null, string spentUntil = "2026-07-01", long? settled = null)
    {
        key ??= Guid.CreateVersion7().ToString();
        var request = new SetCapRequest
        {
            Scope = CapScope.Team, ScopeId = team, Period = period, TimeZone = zone, AmountNanos = amount, Currency = "USD", Source = source,
            Description = description, IdempotencyKey = key,
        };
        if (spent is { } nanos)
        {
            (request.SpentNanos, request.SpentUntil) = (nanos, Moment(spentUntil).ToTimestampUtc());
        }

        if (settled is { } settledNanos)
        {
            request.SettledNanos = settledNanos;
        }

        var cap = await (on ?? ledger).Get<SetCap>().RunAsync(request, "test", LedgerFixture.Token);
        await (refresh ? (on ?? ledger).Get<CapFeed>().RefreshAsync(LedgerFixture.Token) : Task.CompletedTask);
        return (cap, key);
    }

    /// <summary>A cap that this replica knows of at once.</summary>
    internal static async Task<Cap> SetAsync(LedgerFixture ledger, CapScope scope, string id, long amount, CapPeriod period = CapPeriod.Month)
    {
        var cap = await ledger.Get<SetCap>().RunAsync(
            new SetCapRequest { Scope = scope, ScopeId = id, Period = period, AmountNanos = amount, Currency = "USD", IdempotencyKey = Guid.CreateVersion7().ToString() },
            "test", LedgerFixture.Token);
        await ledger.Get<CapFeed>().RefreshAsync(LedgerFixture.Token);
        return cap;
    }

    /// <summary>A new key of a team.</summary>
    internal static async Task<string> KeyAsync(LedgerFixture ledger, string team) => (await ledger.Get<CreateKey>().RunAsync(
        new CreateKeyRequest { TeamId = team, Name = "Key", IdempotencyKey = Guid.CreateVersion7().ToString() }, LedgerFixture.Tester,
        LedgerFixture.Token)).Key.KeyId;

    private async Task<string> RotateAsync(string keyId) => (await ledger.Get<RotateKey>().RunAsync(
        new RotateKeyRequest { KeyId = keyId, OverlapSeconds = 60, IdempotencyKey = Guid.CreateVersion7().ToString() }, LedgerFixture.Tester,
        LedgerFixture.Token)).Key.KeyId;

    private Task<ApiKey> RevokeAsync(string keyId) => ledger.Get<RevokeKey>().RunAsync(keyId, LedgerFixture.Tester, LedgerFixture.Token);

    /// <summary>A cap that this replica knows at once not to be there any more.</summary>
    internal static async Task<Cap> RemoveAsync(LedgerFixture ledger, string capId)
    {
        var cap = await ledger.Get<RemoveCap>().RunAsync(new RemoveCapRequest { CapId = capId, IdempotencyKey = Guid.CreateVersion7().ToString() }, "test", LedgerFixture.Token);
        await ledger.Get<CapFeed>().RefreshAsync(LedgerFixture.Token);
        return cap;
    }

    private Task<Cap> RemoveAsync(string capId, LedgerFixture? on = null) => RemoveAsync(on ?? ledger, capId);

    private async Task<long[]> AccountsAsync(string team, LedgerFixture? on = null) =>
        (await (on ?? ledger).Get<CapAccounts>().ForAsync(new CapSubject(team, "", ""), (on ?? ledger).Time.GetUtcNow(), LedgerFixture.Token)).Accounts;

    private Task<bool> TryDebitAsync(long[] accounts, long amount, LedgerFixture? on = null) => (on ?? ledger).Get<LedgerDatabase>().InTransactionAsync(
        async transaction =>
        {
            var unit = new CapUnit(await CapAccountStore.LockAsync(transaction, accounts, [], LedgerFixture.Token));
            if (unit.Refusal(accounts, amount) is not null)
            {
                return (false, false);
            }

            unit.Follow(accounts, new Move(TransferKind.Reserve, Account.Available, Account.Held, amount));
            await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
            CapAccountStore.AddTo(batch, unit);
            await batch.ExecuteNonQueryAsync(LedgerFixture.Token);
            return (true, true);
        },
        LedgerFixture.Token);

    private Task<long> UsedAsync(long account) => ledger.ScalarAsync<long>("SELECT used FROM cap_account WHERE account_id = $1", account);

    private async Task<List<string>> ListAsync(string sql, string value)
    {
        await using var command = ledger.DataSource.CreateCommand(sql);
        command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(LedgerFixture.Token);
        var found = new List<string>();
        while (await reader.ReadAsync(LedgerFixture.Token))
        {
            found.Add(reader.GetString(0));
        }

        return found;
    }

    internal static CapRow Cap(string id, CapScope scope, string scopeId, long revision) => new(
        id, scope, scopeId, CalendarUnit.Month, "UTC", "", 1, "", true, revision, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "test", DateTimeOffset.UnixEpoch);

    private static IEnumerable<string> Ids(IReadOnlyList<KnownCap> caps) => caps.Select(cap => cap.Row.CapId);

    private static DateTimeOffset Moment(string day) => DateTimeOffset.Parse(day + "T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture);
}
