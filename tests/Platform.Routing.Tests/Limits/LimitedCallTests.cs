using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Routing.Calls;
using Platform.Routing.Limits;
using Platform.Routing.Policies;
using Platform.Routing.Resilience;
using Platform.Routing.Scheduled;
using Platform.Routing.Tests.Calls;
using Platform.Testing;

namespace Platform.Routing.Tests.Limits;

/// <summary>Whole calls under limits: what callers see, and what is told of those that were refused.</summary>
public sealed class LimitedCallTests : LimitDatabase
{
    private static readonly RouteFailover Usual = new(FailureKinds.Connection, FailureKinds.RateLimit, 3, 100, TimeSpan.FromMilliseconds(1));

    private LocalGateway _gateway = null!;
    private ScriptedProvider _providers = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _providers = await ScriptedProvider.StartAsync(Cancel);
        _gateway = new LocalGateway(database: DataSource);
        await _gateway.Limits.StartAsync(Cancel);
    }

    public override async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _providers.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Call_beyond_a_limit_hears_which_and_when_to_come_back_and_is_told_as_denied_demand_once()
    {
        Limit(LimitScope.Team, "team-pace", limit => limit with { RequestsPerMinute = 2, TokensPerMinute = 100_000 });
        var route = LocalGateway.Set(Usual, Target("a"));
        var first = await _gateway.CallAsync(route);
        Assert.Equal((200, "2", "1"), (first.Status, Header(first, "X-RateLimit-Limit-Requests"), Header(first, "X-RateLimit-Remaining-Requests")));
        Assert.Equal("100000", Header(first, "X-RateLimit-Limit-Tokens"));
        Assert.Matches(@"^([345]\ds|1m1?\ds)$", Header(first, "X-RateLimit-Reset-Requests"));
        await _gateway.CallAsync(route);

        var refused = await _gateway.CallAsync(route);
        Assert.Equal((429, "0"), (refused.Status, Header(refused, "X-RateLimit-Remaining-Requests")));
        Assert.Contains("'team-pace' of 'team_a' of 2 requests a minute", refused.Body, StringComparison.Ordinal);
        Assert.Contains("rate_limit_exceeded", refused.Body, StringComparison.Ordinal);
        Assert.InRange(int.Parse(Header(refused, "Retry-After")), 30, 62);
        Assert.Equal("a#1 Finished, a#1 Finished", _gateway.Story());

        await Eventually.TrueAsync(async () => (await OwedAsync()).Count == 1, TimeSpan.FromSeconds(30), "the refusal to be owed to the broker");
        var denied = Assert.Single(await OwedAsync());
        Assert.Equal((Reasons.RateLimit, "team_a", "key_1", "a", "m-a"), (denied.Reason, denied.TeamId, denied.KeyId, denied.Provider, denied.Model));
        Assert.Equal("search", denied.Tags!["feature"]);
        Assert.True(denied.EstimatedCostNanos > 100);
    }

    /// <summary>A client paces itself by it: 7 that are left of 20 do not let through what 3 of 4 refuse.</summary>
    [Fact]
    public async Task Headers_tell_of_the_limit_that_refuses_first_and_not_of_the_one_that_is_fuller()
    {
        Limit(LimitScope.Team, "team-day", limit => limit with { RequestsPerDay = 20, TokensPerDay = 100_000 });
        Limit(LimitScope.Key, "key-pace", limit => limit with { Match = "key_1", RequestsPerMinute = 4 });
        var route = LocalGateway.Set(Usual, Target("a"));
        var caller = _gateway.Caller;
        _gateway.Caller = caller with { KeyId = "key_2", LineKeyId = "key_2" };
        for (var call = 0; call < 12; call++)
        {
            Assert.Equal(200, (await _gateway.CallAsync(route)).Status);
        }

        _gateway.Caller = caller;
        var answer = await _gateway.CallAsync(route);
        Assert.Equal((200, "4", "3"), (answer.Status, Header(answer, "X-RateLimit-Limit-Requests"), Header(answer, "X-RateLimit-Remaining-Requests")));
    }

    [Theory]
    // What the limit names; whom the second call is of, and what becomes of it.
    [InlineData("", "key_1", 429)]
    [InlineData("key_1", "key_1", 429)]
    [InlineData("key_2", "key_1", 200)]
    [InlineData("key_1", "key_2", 200)]
    public async Task A_rotated_keys_calls_count_for_the_whole_line(string match, string line, int status)
    {
        Limit(LimitScope.Key, "key-pace", limit => limit with { Match = match, RequestsPerMinute = 1 });
        var route = LocalGateway.Set(Usual, Target("a"));
        Assert.Equal(200, (await _gateway.CallAsync(route)).Status);
        _gateway.Caller = _gateway.Caller with { KeyId = "key_2", LineKeyId = line };
        Assert.Equal(status, (await _gateway.CallAsync(route)).Status);
        // One that is named itself has its limit too.
        Assert.Equal(match == "key_1" && line == "key_2" ? 200 : 429, (await _gateway.CallAsync(route)).Status);
    }

    [Fact]
    public async Task Call_that_waited_for_room_is_told_as_delayed_once_and_one_that_waited_for_the_counts_is_not()
    {
        await _gateway.CallAsync(LocalGateway.Set(Usual, Target("a")));
        var call = _gateway.LastCall!;
        Limit(LimitScope.Team, "one-at-a-time", limit => limit with { ParallelRequests = 1, Queue = TimeSpan.FromSeconds(20) });
        Assert.Null(_gateway.Chooser.TryStart(call, out var choices));
        using var world = new CallLimitWorld(1);
        var admission = new CallAdmission(world.Replicas[0].Calls, _gateway.Limits.Denied, world.Time);
        var first = admission.TryAdmitAsync(call, choices!.First, Cancel).AsTask();
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Null(await first);

        var running = call.Limits;
        var second = admission.TryAdmitAsync(call, choices.First, Cancel).AsTask();
        world.Pass(TimeSpan.FromSeconds(2));
        Assert.False(second.IsCompleted);
        running.Dispose();
        Assert.Null(await second);
        Assert.True(choices.TryNext(after: null, out var selection));
        var attempt = new AttemptFactory(_gateway.Chooser, world.Time).Make(call, selection, 1, 1, retryOf: null);
        admission.TellDelayed(attempt);
        admission.TellDelayed(attempt);

        await Eventually.TrueAsync(async () => (await OwedAsync()).Count > 0, TimeSpan.FromSeconds(30), "the wait to be owed to the broker");
        var delayed = Assert.Single(await OwedAsync());
        Assert.Equal((Reasons.RateLimit, 2_000L, "m-a", true), (delayed.Reason, delayed.DelayedMs, delayed.Model, delayed.EstimatedCostNanos > 100));
    }

    [Theory]
    [InlineData(0, 402, 0)]
    [InlineData(1_000_000_000, 200, 1)]
    public async Task Call_that_waited_is_delayed_only_when_its_wallet_pays_for_it(long funds, int status, int delayed)
    {
        using var world = new CallLimitWorld(1);
        await using var gateway = new LocalGateway(funds, database: DataSource, admission: told => new CallAdmission(world.Replicas[0].Calls, told, world.Time));
        await gateway.Limits.StartAsync(Cancel);
        var limits = gateway.Limits;
        limits.Policy.Add(new RouteLimit("one-at-a-time", LimitScope.Global, "", 0, 0, 0, 0, 1, 100, TimeSpan.FromSeconds(20)));
        var running = (await world.AcquireAsync(world.Replicas[0], limits.Policy, "key_2", tokens: 0)).Permit!;
        var waiting = gateway.CallAsync(LocalGateway.Set(Usual, Target("a")));
        world.Pass(TimeSpan.FromSeconds(2));
        Assert.False(waiting.IsCompleted);
        running.Dispose();
        Assert.Equal(status, (await waiting).Status);

        // What is told goes one by one: the last of all is known when nothing before it is missing.
        limits.Denied.Tell(new DemandDenied(Guid.CreateVersion7(), "team_a", "key_1", "", "", "", "", "LAST", 0, "USD", DateTimeOffset.UnixEpoch));
        await Eventually.TrueAsync(async () => (await OwedAsync()).Exists(owed => owed.Reason == "LAST"), TimeSpan.FromSeconds(30), "the last of all to be owed");
        Assert.Equal(delayed, (await OwedAsync()).Count(owed => owed.DelayedMs > 0));
    }

    [Fact]
    public async Task Work_that_a_limit_held_back_is_told_as_delayed_once_when_it_is_sent_since_the_first_refusal()
    {
        await _gateway.CallAsync(LocalGateway.Set(Usual, Target("a")));
        var call = _gateway.LastCall!;
        call.Item = new ScheduledItem(Guid.CreateVersion7(), 1, 3, WorkWait.None, TimeProvider.System.GetUtcNow().AddSeconds(-90));
        Assert.Null(_gateway.Chooser.TryStart(call, out var choices));
        Assert.Null(await _gateway.Limits.Admission.TryAdmitAsync(call, choices!.First, Cancel));
        Assert.True(choices.TryNext(after: null, out var selection));
        for (var number = 1; number <= 2; number++)
        {
            var attempt = new AttemptFactory(_gateway.Chooser, TimeProvider.System).Make(call, selection, number, number, null);
            Assert.Null(await _gateway.Limits.Admission.TryAdmitAsync(attempt, Cancel));
            _gateway.Limits.Admission.TellDelayed(attempt);
        }

        await _gateway.Limits.StopAsync(Cancel);
        var delayed = Assert.Single(await OwedAsync());
        Assert.Equal((Reasons.RateLimit, "m-a", true), (delayed.Reason, delayed.Model, delayed.EstimatedCostNanos > 100));
        Assert.InRange(delayed.DelayedMs, 90_000, 150_000);
    }

    [Fact(Timeout = 300_000)]
    public async Task Work_that_waits_for_windows_does_not_stand_in_the_queue_of_calls()
    {
        Limit(LimitScope.Global, "one-at-a-time", limit => limit with { ParallelRequests = 1, Queue = TimeSpan.FromMinutes(10) });
        Limit(LimitScope.Provider, "one-of-a-provider", limit => limit with { ParallelRequests = 1, Queue = TimeSpan.FromMinutes(10) });
        await _gateway.CallAsync(LocalGateway.Set(Usual, Target("a")));
        var call = _gateway.LastCall!;
        Assert.Null(_gateway.Chooser.TryStart(call, out var choices));
        Assert.True(choices!.TryNext(after: null, out var selection));
        Assert.Null(await _gateway.Limits.Admission.TryAdmitAsync(call, choices.First, Cancel));
        var running = new AttemptFactory(_gateway.Chooser, TimeProvider.System).Make(call, selection, 1, 1, null);
        Assert.Null(await _gateway.Limits.Admission.TryAdmitAsync(running, Cancel));
        using var first = call.Limits;
        using var ofProvider = running.ProviderLimits;

        // Else each would wait for ten minutes.
        call.Item = new ScheduledItem(Guid.CreateVersion7(), 1, 1, WorkWait.None);
        Assert.NotNull(await _gateway.Limits.Admission.TryAdmitAsync(call, choices.First, TestContext.Current.CancellationToken));
        Assert.NotNull(await _gateway.Limits.Admission.TryAdmitAsync(new AttemptFactory(_gateway.Chooser, TimeProvider.System).Make(call, selection, 2, 2, null), Cancel));
    }

    [Fact]
    public async Task Tokens_are_counted_as_they_were_really_used()
    {
        Limit(LimitScope.Key, "key-tokens", limit => limit with { TokensPerMinute = 10_000 });
        var route = LocalGateway.Set(Usual, Target("a"));
        for (var call = 0; call < 5; call++)
        {
            Assert.Equal(200, (await _gateway.CallAsync(route)).Status);
        }

        var real = _gateway.Attempts().Sum(attempt => attempt.Last.Event!.Tokens.Input + attempt.Last.Event.Tokens.Output);
        await Eventually.TrueAsync(
            async () => (await _gateway.Limits.Store.ReadCountsAsync(["key-tokens"], Cancel)).Sum(row => row.State.Uses.Sum(use => use.Used)) == real,
            TimeSpan.FromSeconds(40), $"the count to be {real}");
    }

    [Fact]
    public async Task Attempt_beyond_its_providers_limit_goes_to_another_provider_and_the_call_is_refused_only_when_none_is_left()
    {
        Limit(LimitScope.Provider, "a-pace", limit => limit with { Match = "a", RequestsPerMinute = 1 });
        Limit(LimitScope.Provider, "bb-pace", limit => limit with { Match = "bb", RequestsPerMinute = 1 });
        var route = LocalGateway.Set(Usual, Target("a"), Target("bb"));
        Assert.Equal(200, (await _gateway.CallAsync(route)).Status);
        var second = await _gateway.CallAsync(route);
        Assert.Equal(200, second.Status);

        // Nothing was sent to the first provider the second time, so that is no attempt that this one comes after or repeats.
        Assert.Equal("a#1 Finished, bb#1 Finished", _gateway.Story());
        Assert.Equal(("", "1"), (_gateway.Attempts()[^1].Intent.Event!.RetryOf, Header(second, "X-KT-Attempts")));

        var refused = await _gateway.CallAsync(route);
        Assert.Equal(429, refused.Status);
        Assert.Contains("'bb-pace' of 'bb'", refused.Body, StringComparison.Ordinal);
        Assert.NotEmpty(Header(refused, "Retry-After"));
        await Eventually.TrueAsync(async () => (await OwedAsync()).Count == 1, TimeSpan.FromSeconds(30), "one refusal to be owed to the broker");
    }

    [Fact]
    public async Task Attempt_repeats_the_last_that_was_sent_where_a_limit_refused_one_between()
    {
        Limit(LimitScope.Provider, "bb-pace", limit => limit with { Match = "bb", RequestsPerMinute = 1 });
        Assert.Equal(200, (await _gateway.CallAsync(LocalGateway.Set(Usual, Target("bb")))).Status);
        _providers.Script("a", "429 1");
        Assert.Equal(200, (await _gateway.CallAsync(LocalGateway.Set(Usual, Target("a"), Target("bb"), Target("cc")))).Status);
        var attempts = _gateway.Attempts();
        Assert.Equal(("cc", 2, attempts[^2].Intent.AttemptId.ToString()), (attempts[^1].Intent.Event!.Provider, attempts[^1].Intent.Event!.AttemptNumber, attempts[^1].Intent.Event!.RetryOf));
    }

    [Fact]
    public async Task Attempt_that_no_wallet_pays_for_is_no_request_of_its_providers()
    {
        await using var gateway = new LocalGateway(funds: 0, database: DataSource);
        await gateway.Limits.StartAsync(Cancel);
        gateway.Limits.Policy.Add(new RouteLimit("a-pace", LimitScope.Provider, "a", 1, 0, 0, 0, 0, 100, TimeSpan.Zero));
        var route = LocalGateway.Set(Usual, Target("a"));
        for (var call = 0; call < 3; call++)
        {
            Assert.Equal(402, (await gateway.CallAsync(route)).Status);
        }

        gateway.Wallet.Available = 1_000_000_000;
        Assert.Equal(200, (await gateway.CallAsync(route)).Status);
        Assert.Equal(429, (await gateway.CallAsync(route)).Status);
    }

    [Fact]
    public async Task Provider_serves_the_next_call_while_the_caller_before_has_not_taken_his_answer()
    {
        Limit(LimitScope.Provider, "a-at-once", limit => limit with { Match = "a", ParallelRequests = 1 });
        var route = LocalGateway.Set(Usual, Target("a"));
        await using var stuck = new StuckCaller();
        using var leaves = new CancellationTokenSource();
        var first = _gateway.CallAsync(route, answer: stuck, caller: leaves);
        await stuck.IsGiven.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(200, (await _gateway.CallAsync(route)).Status);
        await leaves.CancelAsync();
        Assert.Equal(200, (await first).Status);
    }

    [Fact]
    public async Task Call_knows_whether_it_was_refused_before_anything_of_it_was_sent()
    {
        Limit(LimitScope.Provider, "a-pace", limit => limit with { Match = "a", RequestsPerMinute = 1 });
        Limit(LimitScope.Team, "team-pace", limit => limit with { RequestsPerMinute = 3 });
        var (one, both) = (LocalGateway.Set(Usual, Target("a")), LocalGateway.Set(Usual, Target("bb"), Target("a")));
        Assert.Equal((200, true), ((await _gateway.CallAsync(one)).Status, _gateway.LastCall!.IsSent));
        Assert.Equal((429, false), ((await _gateway.CallAsync(one)).Status, _gateway.LastCall.IsSent));
        _providers.Script("bb", "429 1");
        Assert.Equal((429, true), ((await _gateway.CallAsync(both)).Status, _gateway.LastCall.IsSent));
        Assert.Equal((429, false), ((await _gateway.CallAsync(both)).Status, _gateway.LastCall.IsSent));
    }

    [Fact]
    public async Task Attempt_beyond_its_providers_limit_takes_nothing_from_the_retry_budget()
    {
        Limit(LimitScope.Provider, "a-pace", limit => limit with { Match = "a", RequestsPerMinute = 1 });
        var route = LocalGateway.Set(Usual with { BudgetPercent = 0 }, Target("a"), Target("bb"));
        for (var call = 0; call < RetryBudget.FloorPerMinute + 5; call++)
        {
            Assert.Equal(200, (await _gateway.CallAsync(route)).Status);
        }
    }

    [Fact]
    public async Task Answer_says_how_parallel_requests_and_its_providers_limits_stand()
    {
        Limit(LimitScope.Team, "at-once", limit => limit with { ParallelRequests = 4 });
        Limit(LimitScope.Provider, "a-pace", limit => limit with { Match = "a", RequestsPerMinute = 10 });
        Limit(LimitScope.Provider, "bb-tokens", limit => limit with { Match = "bb", TokensPerMinute = 100_000 });
        var (one, both) = (LocalGateway.Set(Usual, Target("a")), LocalGateway.Set(Usual, Target("a"), Target("bb")));
        var first = await _gateway.CallAsync(one);
        Assert.Equal(("4", "3", ""), (Header(first, "X-RateLimit-Limit-Parallel"), Header(first, "X-RateLimit-Remaining-Parallel"), Header(first, "X-RateLimit-Reset-Parallel")));
        Assert.Equal(("10", "9"), (Header(first, "X-RateLimit-Limit-Requests"), Header(first, "X-RateLimit-Remaining-Requests")));

        // Whoever answered in the end has no limit of requests.
        _providers.Script("a", "429 1");
        var second = await _gateway.CallAsync(both);
        Assert.Equal((200, "bb", "", "100000"), (second.Status, _gateway.Attempts()[^1].Intent.Event!.Provider, Header(second, "X-RateLimit-Limit-Requests"), Header(second, "X-RateLimit-Limit-Tokens")));
    }

    [Theory]
    [InlineData(5, "5")]
    [InlineData(50, "10")]
    public async Task Answer_says_the_limit_with_the_least_left_be_it_the_calls_or_its_providers(int ofCall, string shown)
    {
        Limit(LimitScope.Global, "all", limit => limit with { RequestsPerMinute = ofCall });
        Limit(LimitScope.Provider, "a-pace", limit => limit with { Match = "a", RequestsPerMinute = 10 });
        Assert.Equal(shown, Header(await _gateway.CallAsync(LocalGateway.Set(Usual, Target("a"))), "X-RateLimit-Limit-Requests"));
    }

    [Fact]
    public async Task Queued_call_goes_on_when_the_policy_in_force_has_its_limit_no_more()
    {
        Limit(LimitScope.Global, "one-a-minute", limit => limit with { RequestsPerMinute = 1, Queue = TimeSpan.FromMinutes(1) });
        var route = LocalGateway.Set(Usual, Target("a"));
        Assert.Equal(200, (await _gateway.CallAsync(route)).Status);
        var waiting = _gateway.CallAsync(route);
        await using var turns = DataSource.CreateCommand("SELECT EXISTS (SELECT FROM limit_count WHERE limit_name = 'one-a-minute' AND turn_of IS NOT NULL)");
        await Eventually.TrueAsync(async () => (bool)(await turns.ExecuteScalarAsync(Cancel))!, TimeSpan.FromSeconds(30), "the call to wait");
        var since = TimeProvider.System.GetTimestamp();
        _gateway.Limits.Served = CallLimitWorld.PolicyOf(1);
        Assert.Equal(200, (await waiting).Status);
        Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Parallel_request_is_free_again_when_its_call_has_ended_however_it_ended()
    {
        Limit(LimitScope.Global, "one-at-a-time", limit => limit with { ParallelRequests = 1 });
        foreach (var script in (string[])["ok", "500", "400 bad", "reset", "ok"])
        {
            _providers.Script("a", script);
            Assert.NotEqual(429, (await _gateway.CallAsync(LocalGateway.Set(Usual, Target("a")))).Status);
        }
    }

    private static string Header((int Status, string Body, Microsoft.AspNetCore.Http.IHeaderDictionary Headers) answer, string name) => answer.Headers[name].ToString();

    private RouteTarget Target(string name) => LocalGateway.Target(name, _providers.AddressOf(name));

    private void Limit(LimitScope scope, string name, Func<RouteLimit, RouteLimit> set) =>
        _gateway.Limits.Policy.Add(set(new RouteLimit(name, scope, "", 0, 0, 0, 0, 0, 100, TimeSpan.Zero)));

    private async Task<List<DemandDenied>> OwedAsync()
    {
        await using var command = DataSource.CreateCommand("SELECT body FROM outbox");
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var owed = new List<DemandDenied>();
        while (await reader.ReadAsync(Cancel))
        {
            owed.Add(System.Text.Json.JsonSerializer.Deserialize<DemandDenied>(reader.GetString(0), System.Text.Json.JsonSerializerOptions.Web)!);
        }

        return owed;
    }
}
