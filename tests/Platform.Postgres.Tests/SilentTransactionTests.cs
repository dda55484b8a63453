using Npgsql;

namespace Platform.Postgres.Tests;

/// <summary>What a process that hangs within a transaction keeps from others, and for how long (decision 0292).</summary>
public sealed class SilentTransactionTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const string Limit = "idle_in_transaction_session_timeout";

    /// <summary><c>idle_in_transaction_session_timeout</c>, which Npgsql does not name.</summary>
    private const string TimedOut = "25P03";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_is_silent_within_a_transaction_for_five_minutes_at_most()
    {
        await using var service = await RunningService.StartAsync(database.ConnectionString);

        await using var limit = service.DataSource.CreateCommand($"SHOW {Limit}");
        Assert.Equal("5min", await limit.ExecuteScalarAsync(Cancel));
        await using var jit = service.DataSource.CreateCommand("SHOW jit");
        Assert.Equal("off", await jit.ExecuteScalarAsync(Cancel));
    }

    [Fact]
    public async Task A_transaction_that_is_silent_for_longer_is_ended_by_the_server_and_its_locks_are_free()
    {
        await using var service = await RunningService.StartAsync($"{database.ConnectionString};Options=-c {Limit}=500ms");
        await using var hung = await service.DataSource.OpenConnectionAsync(Cancel);
        await using var silent = await hung.BeginTransactionAsync(Cancel);
        await LockAsync(silent);

        await using var other = await service.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await other.BeginTransactionAsync(Cancel);
        await LockAsync(transaction);
        await transaction.CommitAsync(Cancel);

        Assert.Equal(TimedOut, (await Assert.ThrowsAsync<PostgresException>(() => LockAsync(silent))).SqlState);
    }

    private static async Task LockAsync(NpgsqlTransaction transaction)
    {
        await using var command = new NpgsqlCommand("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE", transaction.Connection, transaction) { CommandTimeout = 60 };
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
