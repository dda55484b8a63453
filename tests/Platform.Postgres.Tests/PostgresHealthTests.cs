using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Platform.Postgres.Tests;

public sealed class PostgresHealthTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Database_that_answers_is_healthy()
    {
        await using var dataSource = NpgsqlDataSource.Create(database.ConnectionString);

        Assert.Equal(HealthStatus.Healthy, (await AskAsync(new PostgresHealthCheck(dataSource, TimeProvider.System))).Status);
    }

    [Fact]
    public async Task Database_that_answers_and_takes_no_writes_is_not_healthy()
    {
        await using var dataSource = NpgsqlDataSource.Create($"{database.ConnectionString};Options=-c default_transaction_read_only=on");

        var answer = await AskAsync(new PostgresHealthCheck(dataSource, TimeProvider.System));

        Assert.Equal(HealthStatus.Unhealthy, answer.Status);
        Assert.Contains("takes no writes", answer.Description);
    }

    [Fact]
    public async Task Database_that_takes_connections_and_answers_nothing_is_said_to_in_time_and_is_not_asked_by_ever_more()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var dataSource = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={((IPEndPoint)silent.LocalEndpoint).Port};Username=nobody;Password=none;Timeout=60");
        var check = new PostgresHealthCheck(dataSource, TimeProvider.System);
        var began = TimeProvider.System.GetTimestamp();

        var answers = await Task.WhenAll(AskAsync(check), AskAsync(check));
        answers = [.. answers, await AskAsync(check)];

        Assert.All(answers, answer => Assert.Equal((HealthStatus.Unhealthy, "PostgreSQL has not answered within 2 s."), (answer.Status, answer.Description)));

        // Two of them, one after the other; a timer may be some milliseconds early by another clock. Well before the minute that the connection itself would wait, on a machine that stands still too.
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), 1.95 * PostgresHealthCheck.AnswerLimit, TimeSpan.FromSeconds(50));
        using var first = silent.AcceptSocket();
        Assert.False(silent.Pending(), "A second question was asked though the first was open.");
    }

    private static Task<HealthCheckResult> AskAsync(PostgresHealthCheck check) => check.CheckHealthAsync(
        new HealthCheckContext { Registration = new HealthCheckRegistration("PostgreSql", check, HealthStatus.Unhealthy, []) }, Cancel);
}
