using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Npgsql;
using Platform.Testing;

namespace Platform.NativeHost.Tests;

/// <summary>What the other test projects stand on.</summary>
public sealed class TestServerTests
{
    [Fact]
    public async Task Databases_of_one_name_are_apart_and_share_their_template()
    {
        var migrations = 0;
        Task Migrate(string connectionString)
        {
            Interlocked.Increment(ref migrations);
            return ExecuteAsync(connectionString, "CREATE TABLE items (id int)");
        }

        var first = await TestPostgres.CreateDatabaseAsync("hosttests", Migrate);
        var second = await TestPostgres.CreateDatabaseAsync("hosttests", Migrate);
        await ExecuteAsync(first, "INSERT INTO items VALUES (1)");

        Assert.Equal(1, migrations);
        Assert.Equal("1", await ExecuteAsync(first, "SELECT count(*) FROM items"));
        Assert.Equal("0", await ExecuteAsync(second, "SELECT count(*) FROM items"));
    }

    [Fact]
    public async Task Server_that_is_told_not_to_wait_for_the_disk_writes_each_commit_all_the_same()
    {
        await using var topology = new TestTopology(null, "--NativeHost:Fsync=off");
        topology.Builder.AddPostgres("postgres");
        await topology.StartAsync();
        await topology.HealthyAsync("postgres");
        var server = (await topology.App.GetConnectionStringAsync("postgres", TestContext.Current.CancellationToken))!;
        Assert.Equal("off", await ExecuteAsync(server, "SHOW fsync"));
        Assert.Equal("on", await ExecuteAsync(server, "SHOW synchronous_commit"));
        Assert.Equal("1h", await ExecuteAsync(server, "SHOW autovacuum_naptime"));

        // Its backends inherit what the C library is told.
        Assert.Equal("True", await ExecuteAsync(
            server,
            "SELECT position('MALLOC_TRIM_THRESHOLD_=16777216'::bytea IN pg_read_binary_file('/proc/' || split_part(pg_read_file('postmaster.pid'), E'\\n', 1) || '/environ')) > 0"));
    }

    [Fact]
    public async Task Word_for_waiting_for_the_disk_that_is_not_known_is_refused()
    {
        await using var topology = new TestTopology(null, "--NativeHost:Fsync=Off");
        topology.Builder.AddPostgres("postgres");
        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(async () =>
        {
            await topology.StartAsync();
            await topology.HealthyAsync("postgres");
        });
        Assert.Contains("NativeHost:Fsync must be on or off; it is 'Off'.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Virtual_hosts_of_the_broker_are_apart()
    {
        var first = await TestRabbit.CreateVirtualHostAsync();
        var second = await TestRabbit.CreateVirtualHostAsync();

        Assert.NotEqual(first.AbsolutePath, second.AbsolutePath);
        Assert.Equal("amqp", first.Scheme);
    }

    private static async Task<string?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Timeout = 60 }.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToString(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
    }
}
