using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.Wallet.Controls;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>A database as the first version with caps left it, with a hold and a lease under a cap, brought to the newest schema and used.</summary>
public sealed class ControlMigrationTests
{
    private static readonly Guid Held = Guid.Parse("00000000-0000-7000-8000-000000000001");
    private static readonly Guid Drawn = Guid.Parse("00000000-0000-7000-8000-000000000002");
    private static readonly Guid Posted = Guid.Parse("00000000-0000-7000-8000-000000000003");
    private static readonly Guid Lease = Guid.Parse("00000000-0000-7000-8000-00000000000a");

    /// <summary>Of 1,000 a hold has 100 and a lease 300, of which 120 are drawn, 30 for calls under way and 50 posted; a cap of 600 a year counts 400 of them.</summary>
    private static readonly string Version8 = $"""
        INSERT INTO identity.organisation (name, currency, revision, created_at) VALUES ('Organisation', 'USD', 1, '2026-06-01 00:00Z');
        INSERT INTO identity.team (team_id, name, created_at) VALUES ('old', 'Old', '2026-06-01 00:00Z'), ('team_support', 'Support', '2026-06-01 00:00Z');
        INSERT INTO wallet (wallet_id, team_id, parent_id, name, currency, created_at, last_recorded_at) VALUES
            ('wal_organisation', NULL, NULL, 'Organisation', 'USD', '2026-06-01 00:00Z', '2026-06-01 00:00Z'),
            ('wal_old', 'old', 'wal_organisation', 'Old', 'USD', '2026-06-01 00:00Z', '2026-06-01 11:00Z');
        INSERT INTO transfer (
            transfer_id, kind, amount, from_wallet, from_account, from_before, from_after, to_wallet, to_account, to_before, to_after, available_before,
            available_after, actor, description, reference, attempt_id, posting_id, lease_id, occurred_at, recorded_at)
        SELECT gen_random_uuid(), kind, amount, from_wallet, from_account, from_before, from_before - amount, to_wallet, to_account, to_before, to_before + amount,
            available_before, available_after, 'old', '', '', attempt_id, posting_id, lease_id, moment, moment
        FROM (VALUES
            (1, 1500, 'wal_organisation', 1, 0,    'wal_organisation', 2, 0,   0,    1500, NULL::uuid,  NULL::uuid,   NULL::uuid, '2026-06-01 00:00Z'::timestamptz),
            (2, 1000, 'wal_organisation', 2, 1500, 'wal_old',          2, 0,   0,    1000, NULL,        NULL,         NULL,       '2026-06-01 00:00Z'),
            (3, 100,  'wal_old',          2, 1000, 'wal_old',          3, 0,   1000, 900,  '{Held}',    NULL,         NULL,       '2026-06-01 11:00Z'),
            (3, 300,  'wal_old',          2, 900,  'wal_old',          3, 100, 900,  600,  NULL,        NULL,         '{Lease}',  '2026-06-01 11:00Z'),
            (4, 50,   'wal_old',          3, 400,  'wal_old',          5, 0,   600,  600,  '{Posted}',  '{Posted}',   '{Lease}',  '2026-06-01 11:00Z')
        ) AS old (kind, amount, from_wallet, from_account, from_before, to_wallet, to_account, to_before, available_before, available_after, attempt_id, posting_id, lease_id, moment);
        UPDATE wallet SET available = 500, credited = 1500, moved_out = 1000 WHERE wallet_id = 'wal_organisation';
        UPDATE wallet SET available = 600, held = 350, spent = 50, credited = 1000, leased_undrawn = 150 WHERE wallet_id = 'wal_old';
        INSERT INTO posting (posting_id, attempt_id, wallet_id, model, funding, occurred_at, recorded_at)
        VALUES ('{Posted}', '{Posted}', 'wal_old', 'm', 'leased', '2026-06-01 11:00Z', '2026-06-01 11:00Z');

        UPDATE control_revision SET revision = 1;
        INSERT INTO cap (cap_id, scope, scope_id, period, time_zone, source, amount, description, active, revision, created_at, changed_at, changed_by)
        VALUES ('cap_old', 2, 'old', 5, 'UTC', 'budget old', 600, '', true, 1, '2026-06-01 00:00Z', '2026-06-01 00:00Z', 'old');
        INSERT INTO cap_account (cap_id, period_from, period_to, limit_nanos, used) VALUES ('cap_old', '2026-01-01Z', '2027-01-01Z', 600, 400);
        INSERT INTO hold (attempt_id, wallet_id, bound, held, state, expires_at, sent_at, occurred_at, recorded_at, team_id, cap_accounts)
        VALUES ('{Held}', 'wal_old', 100, 100, 2, '2026-06-01 13:00Z', '2026-06-01 11:00Z', '2026-06-01 11:00Z', '2026-06-01 11:00Z', 'old', '{"{1}"}');
        INSERT INTO lease (lease_id, holder, wallet_id, team_id, scope, cap_accounts, state, granted, drawn, open, posted, expires_at, created_at, recorded_at)
        VALUES ('{Lease}', 'gateway-0', 'wal_old', 'old', 'wal_old|1', '{"{1}"}', 1, 300, 120, 30, 50, '2026-06-01 13:00Z', '2026-06-01 11:00Z', '2026-06-01 11:00Z');
        """;

    [Fact(Timeout = 300_000)]
    public async Task Leases_holds_and_caps_of_before_count_on_and_a_cap_that_never_heard_of_spend_hears_of_it_once()
    {
        var ledger = new LedgerFixture("walletcontrols", MigrateAsync);
        await ledger.InitializeAsync();
        await using var _ = ledger;
        await ledger.VerifyAsync();
        Assert.Equal(70, await ledger.ScalarAsync<long>("SELECT leased_drawn FROM wallet WHERE wallet_id = $1", "wal_old"));

        // As Metering tells it now: 90 were spent, 50 of them by what the cap has counted and is settled. The other 40 may be of what is set aside: until it is posted nobody knows.
        var told = await SetAsync(ledger, 700, spent: 90);
        Assert.Equal(("cap_old", 700, 400, 40, 260), (told.CapId, told.AmountNanos, told.UsedNanos, told.UncountedNanos, told.LeftNanos));
        await ledger.VerifyAsync();

        await ledger.PostAsync(
            ledger.Item("old", Held, 20), ledger.Item("old", Drawn, 40) with { LeaseId = Lease, BoundNanos = 60 },
            ledger.Item("old", Posted, 50, record: Posted) with { LeaseId = Lease, BoundNanos = 60 });
        Assert.Equal("680/210/0/110 over 0 of 1000", (await ledger.WalletAsync("old")).Line());
        Assert.Equal(30, await ledger.ScalarAsync<long>("SELECT leased_drawn FROM wallet WHERE wallet_id = $1", "wal_old"));
        Assert.Equal(320, (await SetAsync(ledger, 700, spent: 600)).UsedNanos);
        await ledger.VerifyAsync();

        // They were, as it is told then: nothing is taken off any more.
        var corrected = await SetAsync(ledger, 700, spent: 110, settled: 110);
        Assert.Equal((0, 380), (corrected.UncountedNanos, corrected.LeftNanos));

        // Removed and set again, it begins to count anew: what is taken off then, all but the 110 that it has counted, is kept by the account of the period.
        await ledger.Get<RemoveCap>().RunAsync(new RemoveCapRequest { CapId = "cap_old", IdempotencyKey = "remove" }, "test", LedgerFixture.Token);
        var again = await SetAsync(ledger, 700, spent: 600);
        Assert.Equal((490, 0), (again.UncountedNanos, again.LeftNanos));
        Assert.Equal(210, await ledger.ScalarAsync<long>("SELECT limit_nanos FROM cap_account WHERE cap_id = $1", "cap_old"));
        await ledger.VerifyAsync();
    }

    private static Task<Cap> SetAsync(LedgerFixture ledger, long amount, long spent, long? settled = null)
    {
        var request = new SetCapRequest
        {
            Scope = CapScope.Team, ScopeId = "old", Period = CapPeriod.Year, AmountNanos = amount, Currency = "USD", Source = "budget old", SpentNanos = spent,
            SpentUntil = new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero).ToTimestampUtc(), IdempotencyKey = Guid.CreateVersion7().ToString(),
        };
        if (settled is { } nanos)
        {
            request.SettledNanos = nanos;
        }

        return ledger.Get<SetCap>().RunAsync(request, "test", LedgerFixture.Token);
    }

    private static async Task MigrateAsync(NpgsqlDataSource source)
    {
        await new Migrator(source, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token, upTo: 8);
        await using (var command = source.CreateCommand(Version8))
        {
            await command.ExecuteNonQueryAsync(LedgerFixture.Token);
        }

        await new Migrator(source, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token);
    }
}
