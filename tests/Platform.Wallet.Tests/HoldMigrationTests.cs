using Npgsql;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>A database as the version before the writer left it, with holds in every state, brought to the newest schema and used.</summary>
public sealed class HoldMigrationTests
{
    /// <summary>Holds by the last digit of their ids, made and resolved by the functions of migration 0001.</summary>
    private const string Before = """
        INSERT INTO identity.organisation (name, currency, revision, created_at) VALUES ('Organisation', 'USD', 1, '2026-06-01 00:00Z');
        INSERT INTO identity.team (team_id, name, created_at) VALUES ('old', 'Old', '2026-06-01 00:00Z'), ('team_support', 'Support', '2026-06-01 00:00Z');
        INSERT INTO wallet (wallet_id, team_id, parent_id, name, currency, created_at) VALUES
            ('wal_organisation', NULL, NULL, 'Organisation', 'USD', '2026-06-01 00:00Z'), ('wal_old', 'old', 'wal_organisation', 'Old', 'USD', '2026-06-01 00:00Z');
        INSERT INTO transfer (
            transfer_id, kind, amount, from_wallet, from_account, from_before, from_after, to_wallet, to_account, to_before, to_after, available_before,
            available_after, actor, description, reference, occurred_at, recorded_at)
        VALUES
            (gen_random_uuid(), 1, 1500, 'wal_organisation', 1, 0, -1500, 'wal_organisation', 2, 0, 1500, 0, 1500, 'old', '', '', '2026-06-01 00:00Z', '2026-06-01 00:00Z'),
            (gen_random_uuid(), 2, 1000, 'wal_organisation', 2, 1500, 500, 'wal_old', 2, 0, 1000, 0, 1000, 'old', '', '', '2026-06-01 00:00Z', '2026-06-01 00:00Z');
        UPDATE wallet SET available = 500, credited = 1500, moved_out = 1000 WHERE wallet_id = 'wal_organisation';
        UPDATE wallet SET available = 1000, credited = 1000 WHERE wallet_id = 'wal_old';

        SELECT hold_create(('00000000-0000-7000-8000-00000000000' || n)::uuid, gen_random_uuid(), 'old', 100, 'USD', n <> 1, CASE WHEN n = 1 THEN '2026-06-01 12:10Z'::timestamptz END,
            '{"workload": "batch", "model": "gpt-4o-mini", "priceId": "7", "aFieldOfLater": 1}', 'old', '2026-06-01 12:00Z', '2026-06-01 12:00Z')
        FROM generate_series(1, 6) AS n;
        UPDATE hold SET team_id = 'old';
        -- 3 reported at 40, 4 in suspense, 5 released, 6 reported at 30 and then in suspense; 7 is remembered as released before it was made; 8 was refused.
        SELECT hold_apply('00000000-0000-7000-8000-000000000003', 2::smallint, 100, NULL, 3::smallint, 40, 40, '', NULL, '2026-06-01 12:00Z',
            ARRAY[gen_random_uuid()], ARRAY[5::smallint], ARRAY[3::smallint], ARRAY[2::smallint], ARRAY[60::bigint], 'old', '2026-06-01 12:01Z');
        SELECT hold_apply('00000000-0000-7000-8000-000000000004', 2::smallint, 100, NULL, 4::smallint, 100, NULL, 'cut', NULL, '2026-06-01 12:00Z',
            ARRAY[gen_random_uuid()], ARRAY[6::smallint], ARRAY[3::smallint], ARRAY[4::smallint], ARRAY[100::bigint], 'old', '2026-06-01 12:01Z');
        SELECT hold_apply('00000000-0000-7000-8000-000000000005', 2::smallint, 100, NULL, 6::smallint, 0, NULL, 'unsent', NULL, '2026-06-01 12:00Z',
            ARRAY[gen_random_uuid()], ARRAY[5::smallint], ARRAY[3::smallint], ARRAY[2::smallint], ARRAY[100::bigint], 'old', '2026-06-01 12:01Z');
        SELECT hold_apply('00000000-0000-7000-8000-000000000006', 2::smallint, 100, NULL, 4::smallint, 30, 30, 'cut', NULL, '2026-06-01 12:00Z',
            ARRAY[gen_random_uuid(), gen_random_uuid()], ARRAY[5::smallint, 6::smallint], ARRAY[3::smallint, 3::smallint], ARRAY[2::smallint, 4::smallint],
            ARRAY[70::bigint, 30::bigint], 'old', '2026-06-01 12:01Z');
        INSERT INTO hold (attempt_id, bound, held, state, reason, occurred_at, recorded_at, ended_at)
        VALUES ('00000000-0000-7000-8000-000000000007', 0, 0, 6, 'unsent', '2026-06-01 12:00Z', '2026-06-01 12:00Z', '2026-06-01 12:00Z');
        INSERT INTO denied_attempt (attempt_id, recorded_at) VALUES ('00000000-0000-7000-8000-000000000008', '2026-06-01 12:00Z');
        """;

    [Fact(Timeout = 300_000)]
    public async Task Holds_of_the_version_before_are_read_and_ended_as_they_would_have_been()
    {
        await using var own = new OldLedger();
        var ledger = own.Ledger;
        await ledger.InitializeAsync();
        await ledger.VerifyAsync();
        Assert.Equal("630/240/130/0 over 0 of 1000", (await ledger.WalletAsync("old")).Line());

        var open = new List<(HoldSnapshot Hold, AttemptContext Context)>();
        await foreach (var hold in ledger.Get<HoldStore>().ListOpenAsync(null, null, LedgerFixture.Token))
        {
            open.Add(hold);
        }

        Assert.Equal([1, 2, 3, 4, 6], open.Select(hold => hold.Hold.AttemptId.ToByteArray()[^1]));
        Assert.All(open, hold => Assert.Equal(("batch", "gpt-4o-mini", 7L), (hold.Context.Workload, hold.Context.Model, hold.Context.PriceId)));

        // Repeats of what was done before.
        Assert.Equal(HoldOutcome.Exists, await ledger.HoldAsync("old", Attempt(2), 100));
        Assert.Equal(HoldOutcome.AlreadyEnded, await ledger.HoldAsync("old", Attempt(5), 100));
        Assert.Equal(HoldOutcome.AlreadyEnded, await ledger.HoldAsync("old", Attempt(7), 100));
        Assert.Equal(HoldOutcome.InsufficientFunds, await ledger.HoldAsync("old", Attempt(8), 1));
        Assert.Equal(HoldState.Reported, (await ledger.ResolveAsync(Attempt(3), new HoldInput.Report(40))).State);

        // Ends: by time 1 returns and 2 goes to suspense; postings end the rest.
        ledger.Time.Advance(TimeSpan.FromMinutes(14));
        await ledger.Get<ExpirySweep>().SweepAsync(LedgerFixture.Token);
        Assert.Equal("730/140/130/0 over 0 of 1000", (await ledger.WalletAsync("old")).Line());
        ledger.Time.Advance(TimeSpan.FromMinutes(1));
        await ledger.Get<ExpirySweep>().SweepAsync(LedgerFixture.Token);
        await ledger.PostAsync(
            ledger.Item("old", Attempt(2), 10), ledger.Item("old", Attempt(3), 40), ledger.Item("old", Attempt(4), 120), ledger.Item("old", Attempt(6), 30));
        Assert.Equal("820/0/0/200 over 20 of 1000", (await ledger.WalletAsync("old")).Line());
        await ledger.VerifyAsync();
    }

    private static Guid Attempt(int digit) => Guid.Parse($"00000000-0000-7000-8000-00000000000{digit}");

    /// <summary>Migrated in two steps, with data between them.</summary>
    private sealed class OldLedger : IAsyncDisposable
    {
        public LedgerFixture Ledger { get; } = new("walletbefore", MigrateAsync);

        public ValueTask DisposeAsync() => Ledger.DisposeAsync();

        private static async Task MigrateAsync(NpgsqlDataSource source)
        {
            await new Migrator(source, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token, upTo: 3);
            await using (var command = source.CreateCommand(Before))
            {
                await command.ExecuteNonQueryAsync(LedgerFixture.Token);
            }

            await new Migrator(source, TimeProvider.System).MigrateAsync(typeof(LedgerStore).Assembly, LedgerFixture.Token);
        }
    }
}
