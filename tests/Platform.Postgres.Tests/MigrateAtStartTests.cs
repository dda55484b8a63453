using Microsoft.Extensions.Logging;
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
        using var log = new KeptLog();
        await using var proxy = new LossyProxy(new Uri($"http://localhost:{server.Port}"));
        proxy.LoseNext(connections: 1);

        await StartAsync(server, proxy, seconds: 5, log);

        Assert.NotEmpty(log.Lines);
    }

    [Fact]
    public async Task Server_that_never_answers_is_given_up()
    {
        var server = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        using var log = new KeptLog();
        await using var proxy = new LossyProxy(new Uri($"http://localhost:{server.Port}"));
        proxy.LoseNext(connections: 100);

        var refused = await Assert.ThrowsAsync<NpgsqlException>(() => StartAsync(server, proxy, seconds: 1, log));

        Assert.IsType<TimeoutException>(refused.InnerException);
        string[] told = [.. Enumerable.Range(1, 3).Reverse().Select(left => $"The database's server did not answer in time; it is asked {left} more times.")];
        Assert.Equal(told, log.Lines);
    }

    private static async Task StartAsync(NpgsqlConnectionStringBuilder server, LossyProxy proxy, int seconds, KeptLog log)
    {
        server.Port = proxy.Address.Port;
        server.Host = "127.0.0.1";
        server.Database = $"start_{Guid.CreateVersion7():N}";
        server.Timeout = seconds;
        server.Pooling = false;
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(log));
        var start = new MigrateAtStart(
            new ServiceDatabase(server, NullLogger.Instance), new Migrator(source, TimeProvider.System), typeof(MigratorTests).Assembly, logs.CreateLogger<MigrateAtStart>());
        await start.StartingAsync(Cancel);
    }
}
