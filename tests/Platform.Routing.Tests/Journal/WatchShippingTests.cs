using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Postgres;
using Platform.Routing.Journal;
using Platform.Routing.Shipping;
using Platform.Routing.Tests.Limits;

namespace Platform.Routing.Tests.Journal;

/// <summary>What people hear of usage that does not leave the gateways' journals.</summary>
public sealed class WatchShippingTests : LimitDatabase
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(56));
    private readonly string _root = Directory.CreateTempSubdirectory("kt-shipping-").FullName;

    [Fact]
    public async Task Old_usage_is_told_of_once_for_all_gateways_and_again_after_it_has_left()
    {
        using var first = new Gateway(this);
        using var second = new Gateway(this);
        var (one, two) = (first.Finish(), second.Finish());
        await LookAsync(first, second);
        Assert.Empty(await ToldAsync());
        Assert.Equal(HealthStatus.Healthy, await first.HealthAsync());

        _time.Advance(TimeSpan.FromSeconds(600));
        await LookAsync(first, second, first, second);
        await LookAsync(second, first);
        var told = JsonSerializer.Deserialize<UsageUnshipped>(Assert.Single(await ToldAsync()), JsonSerializerOptions.Web)!;
        Assert.Equal((TimeSpan.FromSeconds(600), 2), (told.OccurredAt - told.OldestAt, told.Attempts));
        Assert.Equal(HealthStatus.Degraded, await first.HealthAsync());

        first.Journal.Acknowledge(one);
        await LookAsync(first, second);
        second.Journal.Acknowledge(two);
        await LookAsync(first, second);
        Assert.Equal(HealthStatus.Healthy, await first.HealthAsync());
        Assert.Single(await ToldAsync());

        second.Finish();
        _time.Advance(TimeSpan.FromSeconds(601));
        await LookAsync(first, second);
        Assert.Equal(2, (await ToldAsync()).Count);
    }

    [Fact]
    public async Task Usage_of_a_gateway_that_does_not_come_back_is_told_of_by_another_and_of_a_restarted_one_not_twice()
    {
        using var other = new Gateway(this);
        var killed = new Gateway(this);
        var attempt = killed.Finish();
        await LookAsync(killed, other);
        killed.Dispose();
        _time.Advance(TimeSpan.FromSeconds(601));
        await LookAsync(other);
        var told = JsonSerializer.Deserialize<UsageUnshipped>(Assert.Single(await ToldAsync()), JsonSerializerOptions.Web)!;
        Assert.Equal([killed.Replica], told.Gateways);

        using var again = new Gateway(this);
        Assert.Equal(killed.Replica, again.Replica);
        Assert.Equal(HealthStatus.Degraded, await again.HealthAsync());
        await LookAsync(again, other);
        Assert.Single(await ToldAsync());

        again.Journal.Acknowledge(attempt);
        await LookAsync(again, other);
        Assert.Equal(0L, await ScalarAsync("SELECT count(*) FROM told_condition"));
    }

    [Fact]
    public async Task Gateway_that_was_taken_away_for_good_is_forgotten_after_a_day()
    {
        using var other = new Gateway(this);
        var gone = new Gateway(this);
        gone.Finish();
        await LookAsync(gone);
        gone.Dispose();
        _time.Advance(TimeSpan.FromHours(25));
        await LookAsync(other);
        Assert.Empty(await ToldAsync());
        Assert.Equal(1L, await ScalarAsync("SELECT count(*) FROM journal_standing"));
    }

    [Fact]
    public async Task Refused_usage_is_told_of_once_until_its_file_is_put_away()
    {
        using var gateway = new Gateway(this);
        gateway.DeadLetters.Keep(new UsageEvent { AttemptId = "a" }, "UnknownTeam");
        gateway.DeadLetters.Keep(new UsageEvent { AttemptId = "b" }, "UnknownTeam");
        await LookAsync(gateway);
        await LookAsync(gateway);
        var told = JsonSerializer.Deserialize<UsageRefused>(Assert.Single(await ToldAsync()), JsonSerializerOptions.Web)!;
        Assert.Equal((gateway.Replica, 2), (told.Gateway, told.Records));

        File.Delete(gateway.DeadLetters.Path);
        await LookAsync(gateway);
        gateway.DeadLetters.Keep(new UsageEvent { AttemptId = "c" }, "UnknownTeam");
        await LookAsync(gateway);
        Assert.Equal(2, (await ToldAsync()).Count);
    }

    [Fact]
    public async Task Gateway_whose_dead_letters_the_disk_does_not_take_is_degraded_until_it_does()
    {
        using var gateway = new Gateway(this);
        var blocked = Directory.CreateDirectory(gateway.DeadLetters.Path);
        Assert.Throws<UnauthorizedAccessException>(() => gateway.DeadLetters.Keep(new UsageEvent { AttemptId = "a" }, "UnknownTeam"));
        Assert.Equal(HealthStatus.Degraded, await gateway.HealthAsync());
        blocked.Delete();
        gateway.DeadLetters.Keep(new UsageEvent { AttemptId = "a" }, "UnknownTeam");
        Assert.Equal(HealthStatus.Healthy, await gateway.HealthAsync());
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    private static Task LookAsync(params Gateway[] gateways) => Task.WhenAll(gateways.Select(gateway => gateway.Watch.LookAsync(Cancel)));

    private async Task<List<string>> ToldAsync()
    {
        await using var command = DataSource.CreateCommand("SELECT body::text FROM outbox ORDER BY outbox_id");
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var told = new List<string>();
        while (await reader.ReadAsync(Cancel))
        {
            told.Add(reader.GetString(0));
        }

        return told;
    }

    private async Task<long> ScalarAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    /// <summary>A gateway as far as its journal goes.</summary>
    private sealed class Gateway : IDisposable
    {
        private readonly ReplicaDirectory _directory;
        private readonly FakeTimeProvider _time;

        public Gateway(WatchShippingTests tests)
        {
            var options = Options.Create(new JournalOptions { Directory = tests._root });
            _time = tests._time;
            _directory = ReplicaDirectory.Take(tests._root);
            Journal = new AttemptJournal(_directory, options, _time);
            DeadLetters = new DeadLetters(_directory, _time);
            Watch = new WatchShipping(tests.DataSource, new Outbox(_time), Journal, DeadLetters, _directory, options, _time, NullLogger<WatchShipping>.Instance);
        }

        public AttemptJournal Journal { get; }

        public DeadLetters DeadLetters { get; }

        public WatchShipping Watch { get; }

        public string Replica => _directory.Replica;

        /// <summary>An attempt that ends now.</summary>
        public Guid Finish()
        {
            var id = Guid.CreateVersion7();
            Journal.Append(new JournalRecord(JournalKind.Intent, id, 5, "USD", new UsageEvent { AttemptId = id.ToString() }));
            Journal.Append(new JournalRecord(JournalKind.Finished, id, 3, Event: new UsageEvent { AttemptId = id.ToString(), OccurredAt = _time.GetUtcNow().ToTimestampUtc() }));
            return id;
        }

        public async Task<HealthStatus> HealthAsync() => (await Watch.CheckHealthAsync(new HealthCheckContext(), Cancel)).Status;

        public void Dispose()
        {
            Watch.Dispose();
            Journal.Dispose();
            _directory.Dispose();
        }
    }
}
