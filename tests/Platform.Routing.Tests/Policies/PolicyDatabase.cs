using Npgsql;
using Platform.Postgres;
using Platform.Routing.Policies;
using Platform.Testing;

namespace Platform.Routing.Tests.Policies;

/// <summary>A database of the routing service, for a test class of its own.</summary>
public abstract class PolicyDatabase : IAsyncLifetime
{
    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected NpgsqlDataSource DataSource { get; private set; } = null!;

    private protected PolicyStore Store => new(DataSource);

    private protected static PolicyCompiler Compiler { get; } = new(new ProviderSecrets(
        new ProviderOptions { Providers = { ["openai"] = new ProviderSettings { BaseUrl = "http://localhost:1/", ApiKey = "sk-test-0123456789" } } }, _ => null));

    public virtual async ValueTask InitializeAsync()
    {
        var connectionString = await TestPostgres.CreateDatabaseAsync("routing", async template =>
        {
            await using var empty = NpgsqlDataSource.Create(template);
            await new Migrator(empty, TimeProvider.System).MigrateAsync(typeof(PolicyStore).Assembly, Cancel);
        });
        DataSource = NpgsqlDataSource.Create(connectionString);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
