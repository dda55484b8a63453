using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;
using Platform.Testing;
using Platform.Wallet.Identity;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>The directory with 100,000 keys, over a real connection. The bounds are promises; what was measured is printed.</summary>
public sealed class DirectoryScaleTests(ITestOutputHelper output)
{
    private const int Keys = 100_000;
    private const int Changes = 50;

    /// <summary>So many changes may be late because the machine stood still.</summary>
    private const int Stalls = 2;

    [Fact(Timeout = 900_000)]
    public async Task A_hundred_thousand_keys_are_followed_and_each_change_is_effective_within_two_seconds()
    {
        await using var database = new LedgerFixture();
        await database.InitializeAsync();
        await FillAsync(database);

        var began = Stopwatch.GetTimestamp();
        var wallet = await DirectoryStreamTests.StartWalletAsync(database.ConnectionString);
        await using var closing = wallet;
        await Eventually.TrueAsync(
            () => Task.FromResult(wallet.Services.GetRequiredService<WalletDirectory>().IsCurrent), TimeSpan.FromSeconds(30), "Wallet to read the directory");
        output.WriteLine($"Wallet reads the directory: {Milliseconds(began)} ms");

        var before = Heap();
        began = Stopwatch.GetTimestamp();
        using var follower = await DirectoryStreamTests.FollowAsync(wallet);
        var directory = follower.Services.GetRequiredService<IKeyDirectory>();
        await Eventually.TrueAsync(() => Task.FromResult(directory.IsCurrent), TimeSpan.FromSeconds(30), "the follower to be current");
        output.WriteLine($"connect to ready: {Milliseconds(began)} ms; {(Heap() - before) / 1024 / 1024} MiB in the follower");

        await MeasureChangesAsync(wallet.Services, directory);
        MeasureLookups(directory);
        await CheckMessagesAsync(follower.Services);
        await follower.StopAsync(LedgerFixture.Token);
    }

    /// <summary>As creating them would, but for the audit log: teams of 100 keys, a tenth of the keys restricted.</summary>
    private static async Task FillAsync(LedgerFixture database)
    {
        const string sql = """
            INSERT INTO identity.team (team_id, name, created_at) SELECT 't' || i, 'Team', now() FROM generate_series(1, 1000) i;
            UPDATE identity.organisation SET revision = revision + 100000;
            INSERT INTO identity.api_key (key_id, secret_sha256, hint, name, role, team_id, workload, allowed_models, created_at, revision)
                SELECT 'key_' || md5(i::text), sha256(('secret' || i)::bytea), '1234', 'Key ' || i, 1, 't' || (i % 1000 + 1), 'interactive',
                    CASE WHEN i % 10 = 0 THEN ARRAY['gpt-4o', 'gpt-4o-mini'] ELSE '{}' END, now(), i
                FROM generate_series(1, 100000) i;
            """;
        await using var command = database.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(LedgerFixture.Token);
    }

    /// <summary>From the call of the change to the moment at which the follower refuses or lets through.</summary>
    private async Task MeasureChangesAsync(IServiceProvider wallet, IKeyDirectory directory)
    {
        var latencies = new List<double>();
        for (var change = 0; change < Changes; change++)
        {
            var freeze = change % 2 == 0;
            var expected = freeze ? KeyStanding.TeamFrozen : KeyStanding.Usable;
            var began = Stopwatch.GetTimestamp();
            await wallet.GetRequiredService<FreezeTeam>().RunAsync(
                new FreezeTeamRequest { TeamId = "t2", IdempotencyKey = $"{change}" }, freeze, LedgerFixture.Tester, LedgerFixture.Token);
            while (directory.Find("secret1", out _) != expected)
            {
                Assert.True(Stopwatch.GetElapsedTime(began) < Promise.Patience, "The change is not seen.");
                await Task.Delay(1, LedgerFixture.Token); // Spinning would take the processor from what is measured.
            }

            latencies.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        latencies.Sort();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"a change, with its commit: p50 {latencies[Changes / 2]:0.0} ms, p95 {latencies[Changes * 95 / 100]:0.0} ms, max {latencies[^1]:0.0} ms"));
        Assert.True(latencies[^(1 + Stalls)] < Promise.TwoSeconds.TotalMilliseconds, $"More than {Stalls} changes took longer than two seconds, one of them {latencies[^(1 + Stalls)]:0} ms.");
    }

    private void MeasureLookups(IKeyDirectory directory)
    {
        var secrets = Enumerable.Range(1, Keys).Select(index => $"secret{index}").ToArray();
        foreach (var secret in secrets)
        {
            Assert.Equal(KeyStanding.Usable, directory.Find(secret, out _));
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var began = Stopwatch.GetTimestamp();
        foreach (var secret in secrets)
        {
            directory.Find(secret, out _);
        }

        var nanoseconds = Stopwatch.GetElapsedTime(began).TotalNanoseconds / Keys;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - allocated);
        began = Stopwatch.GetTimestamp();
        foreach (var secret in secrets)
        {
            KeyHash.Of(secret);
        }

        var hashing = Stopwatch.GetElapsedTime(began).TotalNanoseconds / Keys;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a lookup: {nanoseconds:0} ns (hashing alone {hashing:0} ns), nothing allocated"));
    }

    /// <summary>No message of the snapshot comes near what a receiver takes.</summary>
    private async Task CheckMessagesAsync(IServiceProvider follower)
    {
        var client = follower.GetRequiredService<Contracts.Identity.V1.Identity.IdentityClient>();
        using var stream = client.Watch(new WatchRequest(), cancellationToken: LedgerFixture.Token);
        var (messages, keys, largest) = (0, 0, 0);
        while (await stream.ResponseStream.MoveNext(LedgerFixture.Token))
        {
            var change = stream.ResponseStream.Current;
            Assert.True(change.Snapshot);
            messages++;
            keys += change.Keys.Count;
            largest = Math.Max(largest, change.CalculateSize());
            if (!change.More)
            {
                break;
            }
        }

        Assert.Equal(Keys + 3, keys);
        Assert.True(largest < 1024 * 1024, $"A message has {largest} bytes.");
        output.WriteLine($"the snapshot: {messages} messages, the largest {largest} bytes");
    }

    private static long Heap() => GC.GetTotalMemory(forceFullCollection: true);

    private static long Milliseconds(long began) => (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds;
}
