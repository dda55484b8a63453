using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Limits;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Limits;

/// <summary>What is told of a call's limits is what the call then meets, at whichever replica it is asked, and asking counts nothing.</summary>
public sealed class ExplainLimitsTests : LimitDatabase
{
    private readonly ServiceProvider _metering = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly List<LocalLimits> _replicas = [];

    public override async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        await _metering.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Limit_that_another_replica_has_filled_is_full_here_and_asking_counts_nothing()
    {
        var (here, there) = (await StartAsync(), await StartAsync());
        RouteLimit[] policy = [Limit("everybody", LimitScope.Global) with { TokensPerDay = 1_000_000 }, Limit("team-pace", LimitScope.Team) with { RequestsPerMinute = 2, ParallelRequests = 9 }];
        Assert.Equal("passes", ExplainLimits.OutcomeOf(await ExplainAsync(here, policy)));
        Assert.Equal(0, await CountAsync("limit_count"));
        for (var call = 0; call < 2; call++)
        {
            Assert.Null((await AcquireAsync(there, policy)).Refusal);
        }

        var told = await ExplainAsync(here, policy);
        for (var again = 0; again < 5; again++)
        {
            told = await ExplainAsync(here, policy);
        }

        // As calls draw: by team before all calls, and parallel requests last.
        Assert.Equal(["team-pace requests_per_minute", "everybody tokens_per_day", "team-pace parallel_requests"], told.Select(limit => $"{limit.Limit} {limit.Measure}"));
        Assert.Equal(("team", "team_a", 2L, 2L, 0L, 1L, "refused"), (told[0].Scope, told[0].Subject, told[0].Most, told[0].Used, told[0].Room, told[0].Needs, told[0].Outcome));
        Assert.InRange(told[0].RoomInMs, 30_000, 61_000);
        Assert.StartsWith("No room: such a call is answered 429; there is room in ", told[0].Detail, StringComparison.Ordinal);
        Assert.Equal(("passes", 100L), (told[1].Outcome, told[1].Needs));
        Assert.Equal(("passes", 1L), (told[2].Outcome, told[2].Needs));
        Assert.Equal("refused", ExplainLimits.OutcomeOf(told));

        // The caller hears the same.
        var refused = (await AcquireAsync(here, policy)).Refusal!;
        Assert.InRange(refused.RetryAfter.TotalMilliseconds, told[0].RoomInMs - 10_000, told[0].RoomInMs);
    }

    [Theory]
    // All of a minute's limit at once; and a part of it at once, of which what has come is paid back as time passes.
    [InlineData(10, 0)]
    [InlineData(10, 40)]
    public async Task Call_meets_what_was_told_before_it(int limit, int burst)
    {
        var here = await StartAsync();
        RouteLimit[] policy = [Limit("team-pace", LimitScope.Team) with { RequestsPerMinute = limit, BurstPercent = burst }];
        for (var (call, refused) = (0, false); !refused; call++)
        {
            var told = Assert.Single(await ExplainAsync(here, policy));
            refused = (await AcquireAsync(here, policy)).Refusal is not null;
            Assert.Equal(refused ? "refused" : "passes", told.Outcome);
            Assert.Equal((call, refused), (told.Used, told.Room == 0));
            Assert.True(call <= limit, "the limit must be met");
        }
    }

    [Fact]
    public async Task Slots_that_another_replicas_calls_hold_are_taken_until_one_ends()
    {
        var (here, there) = (await StartAsync(), await StartAsync());
        RouteLimit[] policy = [Limit("few", LimitScope.Global) with { ParallelRequests = 2 }];
        var held = new[] { await AcquireAsync(there, policy), await AcquireAsync(there, policy) };
        var told = Assert.Single(await ExplainAsync(here, policy));
        Assert.Equal(("refused", 2L, 0L, 0L, "No room: such a call is answered 429; there is room when a call ends."), (told.Outcome, told.Used, told.Room, told.RoomInMs, told.Detail));

        RouteLimit[] queued = [policy[0] with { Queue = TimeSpan.FromSeconds(5), Version = 1 }];
        told = Assert.Single(await ExplainAsync(here, queued));
        Assert.Equal(("waits", 5_000L, "No room: such a call waits up to 5s, and then is answered 429; there is room when a call ends."), (told.Outcome, told.QueueMs, told.Detail));
        held[0].Permit!.Dispose();
        await Testing.Eventually.TrueAsync(
            async () => (await ExplainAsync(here, policy)).Single() is { Outcome: "passes", Used: 1, Room: 1 }, TimeSpan.FromSeconds(30), "the slot to be free");
        held[1].Permit!.Dispose();
    }

    [Fact]
    public async Task Limits_that_nobody_said_whose_they_are_calls_above_them_and_those_of_providers_are_told_apart()
    {
        var here = await StartAsync();
        RouteLimit[] policy =
        [
            Limit("nightly", LimitScope.Key) with { Match = "key_7", RequestsPerDay = 5 }, Limit("people", LimitScope.User) with { RequestsPerDay = 5 },
            Limit("small", LimitScope.Model) with { TokensPerMinute = 50 }, Limit("account", LimitScope.Provider) with { Match = "openai", RequestsPerMinute = 7 },
        ];
        var told = await ExplainAsync(here, policy, new LimitFacts("", "", "team_a", "model", "lane"));
        Assert.Equal(
            [
                "small model too_large At most 50 tokens a minute are ever admitted at once, so such a call is refused, and waiting does not help.",
                "nightly  unknown It holds for key key_7 alone: say which key calls.", "people  unknown Each user has a count of its own: say which user calls.",
                "account openai passes There is room.",
            ],
            told.Select(limit => $"{limit.Limit} {limit.Subject} {limit.Outcome} {limit.Detail}"));
        Assert.False(told[1].HasUsed || told[1].HasRoom);
        Assert.Equal("too_large", ExplainLimits.OutcomeOf(told));
        Assert.Equal("unknown", ExplainLimits.OutcomeOf(told.Skip(1)));

        // Of a key that has no user no user's limit is.
        Assert.Equal(["small", "account"], (await ExplainAsync(here, policy, new LimitFacts("key_1", "", "team_a", "model", "lane"))).Select(limit => limit.Limit));
        Assert.Equal("nightly", (await ExplainAsync(here, policy, new LimitFacts("key_7", "", "team_a", "model", "lane")))[0].Limit);
    }

    [Fact]
    public async Task Counts_that_cannot_be_read_are_unknown_and_the_rest_is_told()
    {
        await using var nowhere = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionString) { Port = 1 });
        await using var here = new LocalLimits(nowhere, _metering.GetRequiredService<IMeterFactory>());
        var told = Assert.Single(await ExplainAsync(here, [Limit("everybody", LimitScope.Global) with { RequestsPerMinute = 3 }]));
        Assert.Equal(("unknown", 3L, false), (told.Outcome, told.Most, told.HasRoom));
        Assert.StartsWith("The counts cannot be read now.", told.Detail, StringComparison.Ordinal);
    }

    private static RouteLimit Limit(string name, LimitScope scope) => new(name, scope, "", 0, 0, 0, 0, 0, 0, TimeSpan.Zero);

    private static Task<IReadOnlyList<LimitExplanation>> ExplainAsync(LocalLimits replica, RouteLimit[] policy, LimitFacts? facts = null) =>
        replica.Explain.RunAsync(policy, facts ?? new LimitFacts("key_1", "", "team_a", "model", "lane"), 100, [("openai", 100)], Cancel);

    private static async Task<LimitOutcome> AcquireAsync(LocalLimits replica, RouteLimit[] policy) =>
        await replica.Calls.AcquireAsync(policy, new LimitFacts("key_1", "", "team_a", "model", "lane"), 100, Cancel);

    private async Task<LocalLimits> StartAsync()
    {
        var replica = new LocalLimits(DataSource, _metering.GetRequiredService<IMeterFactory>());
        _replicas.Add(replica);
        await replica.StartAsync(Cancel);
        return replica;
    }

    private async Task<long> CountAsync(string table)
    {
        await using var command = DataSource.CreateCommand($"SELECT count(*) FROM {table}");
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
