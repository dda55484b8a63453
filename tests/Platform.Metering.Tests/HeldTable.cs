using Npgsql;
using Platform.Testing;

namespace Platform.Metering.Tests;

/// <summary>Keeps whoever writes to usage_record, or another table, waiting, and so an intake between its first statement and its commit; readers pass.</summary>
internal sealed class HeldTable : IAsyncDisposable
{
    private readonly MeteringFixture _metering;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly string _table;

    private HeldTable(MeteringFixture metering, NpgsqlConnection connection, NpgsqlTransaction transaction, string table) =>
        (_metering, _connection, _transaction, _table) = (metering, connection, transaction, table);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<HeldTable> HoldAsync(MeteringFixture metering, string table = "usage_record")
    {
        var connection = await metering.Database.OpenConnectionAsync(Cancel);
        var transaction = await connection.BeginTransactionAsync(Cancel);
        await using var command = new NpgsqlCommand($"LOCK TABLE {table} IN EXCLUSIVE MODE", connection, transaction);
        await command.ExecuteNonQueryAsync(Cancel);
        return new HeldTable(metering, connection, transaction, table);
    }

    /// <summary>Answers once so many wait for the table.</summary>
    public Task WritersAsync(int writers) => WaitingAsync($"relation = '{_table}'::regclass", writers);

    /// <summary>Answers once an intake waits for somebody who keeps intakes out.</summary>
    public Task IntakeAsync() => WaitingAsync("locktype = 'advisory' AND mode = 'ShareLock'", 1);

    /// <summary>Answers once somebody waits for every intake to end.</summary>
    public Task CloserAsync() => WaitingAsync("locktype = 'advisory' AND mode = 'ExclusiveLock'", 1);

    /// <summary>Answers once somebody waits for a row that another transaction has locked.</summary>
    public Task RowsAsync() => WaitingAsync("locktype IN ('transactionid', 'tuple')", 1);

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private Task WaitingAsync(string which, int waiting) => Eventually.TrueAsync(
        async () => await _metering.ScalarAsync<long>($"SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE datname = current_database() AND NOT granted AND {which}") >= waiting,
        TimeSpan.FromSeconds(20), $"{waiting} waiting where {which}");
}
