using Npgsql;
using Platform.Postgres;
using Platform.Testing;

namespace Platform.Postgres.Tests;

/// <summary>A database of its own, with this library's tables and one that tests let effects show in.</summary>
public sealed class DatabaseFixture : IAsyncLifetime
{
    public NpgsqlDataSource DataSource { get; private set; } = null!;

    public string ConnectionString { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        ConnectionString = await TestPostgres.CreateDatabaseAsync("postgreslib", async connectionString =>
        {
            await using var dataSource = NpgsqlDataSource.Create(connectionString);
            await new Migrator(dataSource, TimeProvider.System).MigrateAsync(typeof(DatabaseFixture).Assembly, CancellationToken.None);
        });
        DataSource = NpgsqlDataSource.Create(ConnectionString);
    }

    public async ValueTask DisposeAsync() => await DataSource.DisposeAsync();

    internal async Task<long> CountAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
