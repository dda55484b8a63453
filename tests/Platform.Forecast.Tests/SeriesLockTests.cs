using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Forecast.Controls;
using Platform.Testing;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

/// <summary>Usage and refusals of one team and quarter hour come at once whenever money runs out. What they both count is locked in one order, so that neither ends the other's transaction.</summary>
public sealed class SeriesLockTests : IAsyncLifetime
{
    private const string Team = "team_support";
    private static readonly DateTimeOffset Now = Utc("2026-06-10T12:00:00");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private ForecastFixture _forecast = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _forecast = await ForecastFixture.CreateAsync(Now, Cancellation);

    public ValueTask DisposeAsync() => _forecast.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_quarter_hour_is_locked_before_the_team(bool isRefusal)
    {
        await WriteAsync(isRefusal);
        await using var connection = await _forecast.DataSource.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await ExecuteAsync(connection, $"SELECT FROM series_version WHERE team_id = '{Team}' FOR UPDATE");

        var writing = WriteAsync(isRefusal);
        await Eventually.TrueAsync(
            async () => (long)(await ScalarAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))! > 0, Patience,
            "the writer to wait for the team");

        // Who held the quarter hour here and waited for the team would be waited for by a writer that takes them the other way round.
        var busy = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(connection, $"SELECT FROM series_quarter WHERE team_id = '{Team}' FOR UPDATE NOWAIT"));
        Assert.Equal(PostgresErrorCodes.LockNotAvailable, busy.SqlState);
        await transaction.RollbackAsync(Cancellation);
        await writing;
        Assert.Equal(2L, await ScalarAsync("SELECT changes FROM series_quarter"));
    }

    private Task WriteAsync(bool isRefusal) => isRefusal
        ? _forecast.Get<DeniedDemandStore>().AddAsync(
            new DemandRecorded(Guid.CreateVersion7(), Team, "interactive", "", Reasons.InsufficientFunds, 100, "USD", Now), Now, Cancellation)
        : _forecast.Usage.AddAsync(Batch(Call(Now, 100)), Now, Cancellation);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = _forecast.DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync(Cancellation);
    }
}
