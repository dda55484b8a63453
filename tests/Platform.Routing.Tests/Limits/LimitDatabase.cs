using Npgsql;
using Platform.Postgres;
using Platform.Routing.Limits;
using Platform.Testing;

namespace Platform.Routing.Tests.Limits;

/// <summary>A database of Routing's for a test class.</summary>
public abstract class LimitDatabase : IAsyncLifetime
{
    private protected NpgsqlDataSource DataSource { get; private set; } = null!;

    private protected string ConnectionString { get; private set; } = "";

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        ConnectionString = await TestPostgres.CreateDatabaseAsync("routing", async template =>
        {
            await using var empty = NpgsqlDataSource.Create(template);
            await new Migrator(empty, TimeProvider.System).MigrateAsync(typeof(LimitStore).Assembly, Cancel);
        });
        DataSource = NpgsqlDataSource.Create(ConnectionString);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task ExecuteAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
