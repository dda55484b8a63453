using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Platform.Routing.Policies;
using Platform.Testing;

namespace Platform.Routing.Tests.Policies;

/// <summary>How a replica follows the policy in force.</summary>
public sealed class RoutingTableReplicaTests : PolicyDatabase
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_new_version_reaches_two_running_replicas_within_two_seconds()
    {
        using var first = ReplicaOf();
        using var second = ReplicaOf();
        await first.StartAsync(Cancel);
        await second.StartAsync(Cancel);
        var before = first.Current;
        var version = 1;
        await Promise.KeptAsync(Promise.TwoSeconds, new Change(
            "a new version in two replicas", () => AddVersionAsync(++version, "jsonb_set(policy, '{models,0,name}', '\"mine\"')"),
            () => Eventually.TrueAsync(() => Task.FromResult(first.Current.Version == version && second.Current.Version == version), Promise.Patience, "both replicas to serve the version")));
        Assert.Contains("mine", first.Current.Models.Keys);
        Assert.DoesNotContain("mine", before.Models.Keys);
        await first.StopAsync(Cancel);
        await second.StopAsync(Cancel);
    }

    [Fact]
    public async Task A_version_that_cannot_be_served_leaves_the_last_one_standing_until_another_comes()
    {
        using var replica = ReplicaOf();
        await replica.StartAsync(Cancel);
        await AddVersionAsync(2, "jsonb_set(policy, '{lanes,3,windows,0,time_zone}', '\"Mars/Olympus\"')");
        await AddVersionAsync(3, "jsonb_set(policy, '{models,0,route,targets,0,target}', '\"nobody\"')");
        await AddVersionAsync(4, "policy", from: 1);
        await Eventually.TrueAsync(() => Task.FromResult(replica.Current.Version == 4), Patience, "version 4 to be served");
        await replica.StopAsync(Cancel);
    }

    [Fact]
    public async Task A_replica_starts_with_the_newest_version_that_it_can_serve_and_says_so_until_a_better_one_comes()
    {
        await AddVersionAsync(2, "jsonb_set(policy, '{models,0,name}', '\"mine\"')");
        await AddVersionAsync(3, "jsonb_set(policy, '{models,0,route,targets,0,target}', '\"nobody\"')");
        await AddVersionAsync(4, "policy");
        using var replica = ReplicaOf();
        await replica.StartAsync(Cancel);

        Assert.Equal(2, replica.Current.Version);
        var health = await replica.CheckHealthAsync(new HealthCheckContext(), Cancel);
        Assert.Equal((HealthStatus.Degraded, "Policy version 4 cannot be served by this process; version 2 stands."), (health.Status, health.Description));
        Assert.Equal("4 2", await ScalarAsync("SELECT concat(body->>'version', ' ', body->>'serving') FROM outbox"));

        await AddVersionAsync(5, "policy", from: 1);
        await Eventually.TrueAsync(() => Task.FromResult(replica.Current.Version == 5), Patience, "version 5 to be served");
        Assert.Equal(HealthStatus.Healthy, (await replica.CheckHealthAsync(new HealthCheckContext(), Cancel)).Status);
        Assert.Equal("1", await ScalarAsync("SELECT count(*)::text FROM outbox"));
        await replica.StopAsync(Cancel);
    }

    [Fact]
    public async Task A_version_of_before_that_names_the_batch_tier_is_served_as_standard_and_people_hear_of_it()
    {
        await AddVersionAsync(2, "jsonb_set(policy, '{targets,0,service_tier}', '\"batch\"')");
        using var replica = ReplicaOf();
        await replica.StartAsync(Cancel);

        var target = Assert.Single(replica.Current.Targets.Values, target => replica.Current.Departures[0].Contains($"'{target.Name}'", StringComparison.Ordinal));
        Assert.Equal((2, "standard"), (replica.Current.Version, target.ServiceTier));
        var health = await replica.CheckHealthAsync(new HealthCheckContext(), Cancel);
        Assert.Equal(
            (HealthStatus.Degraded, $"Policy version 2 is not served as it says. Target '{target.Name}' names the service tier batch, which no call through the gateway is billed at: it is funded and rated as standard."),
            (health.Status, health.Description));
        Assert.Equal("2 2", await ScalarAsync("SELECT concat(body->>'version', ' ', body->>'serving') FROM outbox"));

        await AddVersionAsync(3, "policy", from: 1);
        await Eventually.TrueAsync(() => Task.FromResult(replica.Current.Version == 3), Patience, "version 3 to be served");
        Assert.Equal(HealthStatus.Healthy, (await replica.CheckHealthAsync(new HealthCheckContext(), Cancel)).Status);
        await replica.StopAsync(Cancel);
    }

    [Fact]
    public async Task A_replica_that_may_not_serve_an_older_version_or_has_none_does_not_start()
    {
        await AddVersionAsync(2, "jsonb_set(policy, '{models,0,route,targets,0,target}', '\"nobody\"')");
        using var strict = ReplicaOf(options: new PolicyOptions { RequireNewest = true });
        await Assert.ThrowsAsync<KeyNotFoundException>(() => strict.StartAsync(Cancel));

        await ScalarAsync("DELETE FROM policy_version WHERE version = 1 RETURNING ''");
        using var lost = ReplicaOf();
        await Assert.ThrowsAsync<KeyNotFoundException>(() => lost.StartAsync(Cancel));
        Assert.Equal("0", await ScalarAsync("SELECT count(*)::text FROM outbox"));
    }

    [Fact]
    public async Task A_key_that_changes_in_its_file_is_sent_within_seconds()
    {
        var folder = Directory.CreateTempSubdirectory("kt-keys-").FullName;
        var keys = KeysIn(folder);
        await AddVersionAsync(2, "jsonb_set(policy, '{providers,0}', '{\"name\":\"anthropic\",\"kind\":\"anthropic\",\"base_url\":\"http://localhost\",\"api_key\":\"file:anthropic-api-key\"}')");
        using var replica = ReplicaOf(new PolicyCompiler(new ProviderSecrets(new ProviderOptions(), _ => null, keys)), keys);
        await replica.StartAsync(Cancel);
        Assert.False(replica.Current.Providers["anthropic"].IsSetUp);
        foreach (var secret in new[] { "sk-first", "sk-second" })
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "anthropic-api-key"), secret + "\n", Cancel);
            await Eventually.TrueAsync(() => Task.FromResult(replica.Current.Providers["anthropic"].ApiKey?.Secret == secret), TimeSpan.FromSeconds(20), $"{secret} to be used");
        }

        await replica.StopAsync(Cancel);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Key_of_a_team_that_is_missing_keeps_its_calls_and_nobody_elses_until_it_is_there()
    {
        var folder = Directory.CreateTempSubdirectory("kt-keys-").FullName;
        var keys = KeysIn(folder);
        await AddVersionAsync(2, "jsonb_set(policy, '{providers,0}', '{\"name\":\"anthropic\",\"kind\":\"anthropic\",\"base_url\":\"http://localhost\",\"api_key\":\"env:SHARED_API_KEY\",\"team_api_keys\":{\"search\":\"file:search-api-key\"}}')");
        using var replica = ReplicaOf(new PolicyCompiler(new ProviderSecrets(new ProviderOptions(), _ => "sk-shared", keys)), keys);
        await replica.StartAsync(Cancel);
        var provider = replica.Current.Providers["anthropic"];
        Assert.Equal((null, "sk-shared", true), (provider.KeyFor("search"), provider.KeyFor("other")?.Secret, provider.IsSetUp));
        Assert.Equal(["search"], provider.TeamsWithoutKey);
        Assert.Equal(
            "Policy version 2 is not served as it says. No call of team 'search' is sent to provider 'anthropic': the team's own key, file:search-api-key, is not there.",
            (await replica.CheckHealthAsync(new HealthCheckContext(), Cancel)).Description);

        await File.WriteAllTextAsync(Path.Combine(folder, "search-api-key"), "sk-search\n", Cancel);
        await Eventually.TrueAsync(() => Task.FromResult(replica.Current.Providers["anthropic"].KeyFor("search")?.Secret == "sk-search"), TimeSpan.FromSeconds(20), "the team's key to be used");
        Assert.Equal(HealthStatus.Healthy, (await replica.CheckHealthAsync(new HealthCheckContext(), Cancel)).Status);
        await replica.StopAsync(Cancel);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_last_table_stands_while_the_database_is_away()
    {
        var log = new Warnings();
        using var replica = ReplicaOf(log: log);
        await replica.StartAsync(Cancel);
        await using (var away = DataSource.CreateCommand("ALTER TABLE policy_version RENAME TO away"))
        {
            await away.ExecuteNonQueryAsync(Cancel);
        }

        await Eventually.TrueAsync(() => Task.FromResult(log.Count > 0), Patience, "the replica to miss the database");
        Assert.Equal(1, replica.Current.Version);
        await using (var back = DataSource.CreateCommand("ALTER TABLE away RENAME TO policy_version"))
        {
            await back.ExecuteNonQueryAsync(Cancel);
        }

        await AddVersionAsync(2, "policy");
        await Eventually.TrueAsync(() => Task.FromResult(replica.Current.Version == 2), Patience, "version 2 to be served");
        await replica.StopAsync(Cancel);
    }

    private async Task<string> ScalarAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync(Cancel))!;
    }

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
