using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Platform.Postgres;
using Platform.Routing.Catalogue;
using Platform.Testing;

namespace Platform.Routing.Tests.Catalogue;

public sealed class CatalogueStoreTests : IAsyncLifetime
{
    private NpgsqlDataSource _dataSource = null!;

    public async ValueTask InitializeAsync()
    {
        var connectionString = await TestPostgres.CreateDatabaseAsync("routing", async template =>
        {
            await using var empty = NpgsqlDataSource.Create(template);
            await new Migrator(empty, TimeProvider.System).MigrateAsync(typeof(CatalogueStore).Assembly, TestContext.Current.CancellationToken);
        });
        _dataSource = NpgsqlDataSource.Create(connectionString);
    }

    public async ValueTask DisposeAsync() => await _dataSource.DisposeAsync();

    [Fact]
    public async Task Catalogue_starts_with_the_starter_models()
    {
        var catalogue = await new CatalogueStore(_dataSource).ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["openai"], catalogue.Providers);
        Assert.Equal(["gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4o", "gpt-4o-mini", "o4-mini"], catalogue.Models.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("standard", "max_completion_tokens"), (catalogue.Models["gpt-4o-mini"].Lane, catalogue.Models["o4-mini"].OutputCapField));
    }

    [Fact]
    public async Task Catalogue_change_reaches_a_running_replica()
    {
        using var replica = new CatalogueReplica(new CatalogueStore(_dataSource), TimeProvider.System, NullLogger<CatalogueReplica>.Instance);
        await replica.StartAsync(TestContext.Current.CancellationToken);
        await using var insert = _dataSource.CreateCommand(
            "INSERT INTO model (name, provider, upstream_model, lane, default_max_output_tokens, max_output_tokens, overhead_tokens, output_cap_field) VALUES ('mine', 'openai', 'gpt-4o', 'economy', 5, 10, 0, 'max_tokens')");
        await insert.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => Task.FromResult(replica.Current.Models.ContainsKey("mine")), TimeSpan.FromSeconds(10), "the new model to be served");
        await replica.StopAsync(TestContext.Current.CancellationToken);
    }
}
