using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Platform.Routing.Policies;
using Platform.Testing;

namespace Platform.Routing.Tests.Policies;

/// <summary>How a replica follows the policy in force.</summary>
public sealed class RoutingTableReplicaTests : PolicyDatabase
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_new_version_reaches_two_running_replicas_within_two_seconds()
    {
        using var first = Replica();
        using var second = Replica();
        await first.StartAsync(Cancel);
        await second.StartAsync(Cancel);
        var before = first.Current;
        await AddVersionAsync(2, "jsonb_set(policy, '{models,0,name}', '\"mine\"')");
        await Eventually.TrueAsync(() => Task.FromResult(first.Current.Version == 2 && second.Current.Version == 2), Promised, "both replicas to serve version 2");
        Assert.Contains("mine", first.Current.Models.Keys);
        Assert.DoesNotContain("mine", before.Models.Keys);
        await first.StopAsync(Cancel);
        await second.StopAsync(Cancel);
    }

    [Fact]
    public async Task A_version_that_cannot_be_served_leaves_the_last_one_standing_until_another_comes()
    {
        using var replica = Replica();
        await replica.StartAsync(Cancel);
        await AddVersionAsync(2, "jsonb_set(policy, '{lanes,3,windows,0,time_zone}', '\"Mars/Olympus\"')");
        await AddVersionAsync(3, "jsonb_set(policy, '{models,0,route,targets,0,target}', '\"nobody\"')");
        await AddVersionAsync(4, "policy", from: 1);
        await Eventually.TrueAsync(() => Task.FromResult(replica.Current.Version == 4), TimeSpan.FromSeconds(10), "version 4 to be served");
        await replica.StopAsync(Cancel);
    }

    [Fact]
    public async Task The_last_table_stands_while_the_database_is_away()
    {
        var log = new Warnings();
        using var replica = new RoutingTableReplica(Store, Compiler, TimeProvider.System, log);
        await replica.StartAsync(Cancel);
        await using (var away = DataSource.CreateCommand("ALTER TABLE policy_version RENAME TO away"))
        {
            await away.ExecuteNonQueryAsync(Cancel);
        }

        await Eventually.TrueAsync(() => Task.FromResult(log.Count > 0), TimeSpan.FromSeconds(10), "the replica to miss the database");
        Assert.Equal(1, replica.Current.Version);
        await using (var back = DataSource.CreateCommand("ALTER TABLE away RENAME TO policy_version"))
        {
            await back.ExecuteNonQueryAsync(Cancel);
        }

        await AddVersionAsync(2, "policy");
        await Eventually.TrueAsync(() => Task.FromResult(replica.Current.Version == 2), TimeSpan.FromSeconds(10), "version 2 to be served");
        await replica.StopAsync(Cancel);
    }

    private RoutingTableReplica Replica() =>
        new(Store, Compiler, TimeProvider.System, NullLogger<RoutingTableReplica>.Instance);

    private async Task AddVersionAsync(long version, string policy, long? from = null)
    {
        await using var insert = DataSource.CreateCommand($"""
            INSERT INTO policy_version (version, applied_at, actor, description, policy, changes, models_since)
            SELECT {version}, now(), 'test', '', {policy}, '[]', models_since FROM policy_version WHERE version = {from ?? version - 1}
            """);
        await insert.ExecuteNonQueryAsync(Cancel);
    }

    private sealed class Warnings : ILogger<RoutingTableReplica>
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
            {
                Interlocked.Increment(ref _count);
            }
        }
    }
}
