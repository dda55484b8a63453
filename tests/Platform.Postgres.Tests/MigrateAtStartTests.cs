using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Platform.Postgres;
using Platform.Testing;

namespace Platform.Postgres.Tests;

/// <summary>A service that starts while its database's server is too busy to answer.</summary>
public sealed class MigrateAtStartTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Server_that_does_not_answer_in_time_is_asked_again()
    {
        var server = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        await using var proxy = new LossyProxy(new Uri($"http://localhost:{server.Port}"));
        proxy.LoseNext(connections: 1);

        await StartAsync(server, proxy, seconds: 5);

        Assert.True(proxy.Accepted > 1);
    }

    [Fact]
    public async Task Server_that_never_answers_is_given_up()
    {
        var server = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        await using var proxy = new LossyProxy(new Uri($"http://localhost:{server.Port}"));
        proxy.LoseNext(connections: 100);

        var refused = await Assert.ThrowsAsync<NpgsqlException>(() => StartAsync(server, proxy, seconds: 1));

        Assert.IsType<TimeoutException>(refused.InnerException);
        Assert.Equal(4, proxy.Accepted);
    }

    private static async Task StartAsync(NpgsqlConnectionStringBuilder server, LossyProxy proxy, int seconds)
    {
        server.Port = proxy.Address.Port;
        server.Host = "127.0.0.1";
        server.Database = $"start_{Guid.CreateVersion7():N}";
        server.Timeout = seconds;
        server.Pooling = false;
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        var start = new MigrateAtStart(
            new ServiceDatabase(server, NullLogger.Instance), new Migrator(source, TimeProvider.System), typeof(MigratorTests).Assembly, NullLogger<MigrateAtStart>.Instance);
        await start.StartingAsync(Cancel);
    }
}
