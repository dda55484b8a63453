using System.Collections.Frozen;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Tests.Calls;
using Platform.Routing.Tests.Limits;
using Platform.Routing.Tests.Policies;
using Platform.ServiceDefaults.Identity;
using Platform.Testing;

namespace Platform.Routing.Tests.Deciding;

/// <summary>Rate limits of calls that platforms make themselves: the same as of the AI routes.</summary>
public sealed class LimitedDecisionTests : LimitDatabase
{
    private static readonly Caller Team = new("key_1", "Key", Role.Inference, "team_a", "");
    private static readonly RouteLimit Limit = new("pace", LimitScope.Team, "", 0, 0, 0, 0, 0, 100, TimeSpan.Zero);
    private static readonly RouteTarget[] Targets = [LocalGateway.Target("a", "http://a"), LocalGateway.Target("bb", "http://bb")];

    private LocalGateway _gateway = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _gateway = new LocalGateway(database: DataSource);
        _gateway.Price(LocalGateway.Set(Routes.Failover, Targets).Targets);
        await _gateway.Limits.StartAsync(Cancel);
    }

    public override async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Target_whose_providers_limit_is_reached_is_passed_over_and_the_call_refused_when_none_is_left()
    {
        var policy = Policy(FailureKinds.RateLimit, Limit with { Name = "a-pace", Scope = LimitScope.Provider, Match = "a", RequestsPerMinute = 1 },
            Limit with { Name = "bb-pace", Scope = LimitScope.Provider, Match = "bb", RequestsPerMinute = 1 });
        Assert.Equal(("a/m-a", 1), Told(await DecideAsync(policy)));
        var second = await DecideAsync(policy);
        Assert.Equal(("bb/m-bb", 1), Told(second));
        Assert.Equal("fallback: a/m-a is at its rate limit", second.Reason);

        var refused = await Assert.ThrowsAsync<RpcException>(() => DecideAsync(policy));
        Assert.Equal((StatusCode.ResourceExhausted, "RATE_LIMIT_EXCEEDED"), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
        Assert.Contains("'bb-pace' of 'bb'", refused.Status.Detail, StringComparison.Ordinal);
        Assert.InRange(RpcErrors.RetryAfterOf(refused)!.Value.TotalSeconds, 30, 62);
        await Eventually.TrueAsync(async () => (await DeniedAsync()).Count == 1, TimeSpan.FromSeconds(30), "the refusal to be owed to the broker");
        Assert.Equal((Reasons.RateLimit, "team_a", "bb"), (await DeniedAsync()).Select(denied => (denied.Reason, denied.TeamId, denied.Provider)).Single());
        Assert.All(Targets, target => Assert.Equal(1, _gateway.Board.Of(target).Look().OpenAttempts));
    }

    [Fact]
    public async Task Policy_that_does_not_fall_back_on_rate_limits_refuses_at_the_first_target()
    {
        var policy = Policy(FailureKinds.ServerError, Limit with { Scope = LimitScope.Provider, Match = "a", RequestsPerMinute = 1 });
        Assert.Equal(("a/m-a", 1), Told(await DecideAsync(policy)));
        Assert.Equal("RATE_LIMIT_EXCEEDED", RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => DecideAsync(policy))));
    }

    [Fact]
    public async Task Attempt_that_was_never_marked_sent_is_a_request_of_its_calls_limits_and_none_of_its_providers()
    {
        var pace = Limit with { Name = "a-pace", Scope = LimitScope.Provider, Match = "a", RequestsPerMinute = 1, TokensPerMinute = 10_000 };
        var policy = Policy(FailureKinds.ServerError, pace, Limit with { RequestsPerDay = 2 });
        _gateway.Report.Release(new ReleaseAttemptRequest { AttemptId = (await DecideAsync(policy)).AttemptId }, "team_a");
        var second = await DecideWhenFreeAsync(policy);
        _gateway.Report.Release(new ReleaseAttemptRequest { AttemptId = second.AttemptId }, "team_a");
        Assert.Contains("2 requests a day", (await Assert.ThrowsAsync<RpcException>(() => DecideAsync(policy))).Status.Detail, StringComparison.Ordinal);

        // One that was marked sent may have come to the provider, whoever says that it did not.
        policy = Policy(FailureKinds.ServerError, pace);
        var sent = await DecideWhenFreeAsync(policy);
        _gateway.Report.MarkSent(sent.AttemptId, "team_a");
        _gateway.Report.Release(new ReleaseAttemptRequest { AttemptId = sent.AttemptId, Unreachable = true }, "team_a");
        Assert.Contains("'a-pace' of 'a'", (await Assert.ThrowsAsync<RpcException>(() => DecideAsync(policy))).Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_is_one_request_of_its_limits_however_many_attempts_it_has_and_whoever_only_says_so_is_counted()
    {
        var policy = Policy(FailureKinds.ServerError, Limit with { RequestsPerDay = 2, TokensPerDay = 1_000_000, ParallelRequests = 1 });
        var first = await DecideAsync(policy);
        _gateway.Report.MarkSent(first.AttemptId, "team_a");
        _gateway.Report.Report(new ReportAttemptRequest { AttemptId = first.AttemptId, Tokens = new Tokens { Input = 30 }, Failure = "server_error" }, "team_a");
        var again = new DecideRequest { CallId = first.CallId, RetryOf = first.AttemptId, Tried = { first.Target }, Avoid = { first.Target } };
        var second = await DecideAsync(policy, again);
        Assert.Equal(("bb/m-bb", 2), Told(second));

        // It runs: of one parallel request none is left.
        Assert.Equal("RATE_LIMIT_EXCEEDED", RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => DecideAsync(policy))));
        _gateway.Report.MarkSent(second.AttemptId, "team_a");
        _gateway.Report.Report(new ReportAttemptRequest { AttemptId = second.AttemptId, Tokens = new Tokens { Input = 20 } }, "team_a");

        // What was just refused is refused from memory for a moment, also when it has come free since.
        await Eventually.TrueAsync(() => ReleasesAsync(new DecideRequest { CallId = Guid.CreateVersion7().ToString(), RetryOf = first.AttemptId, Tried = { "x" } }), TimeSpan.FromSeconds(30), "the parallel request to be free");
        await Eventually.TrueAsync(
            async () => (await Assert.ThrowsAsync<RpcException>(() => DecideAsync(policy))).Status.Detail.Contains("2 requests a day", StringComparison.Ordinal),
            TimeSpan.FromSeconds(30), "the day's requests to be used up, once what was released is free");
        await Eventually.TrueAsync(
            async () => (await _gateway.Limits.Store.ReadCountsAsync(["pace"], Cancel)).Sum(row => row.Key.Measure == Routing.Limits.LimitMeasure.TokensPerDay ? row.State.Uses.Sum(use => use.Used) : 0) == 50,
            TimeSpan.FromSeconds(30), "the tokens of both attempts to be counted");

        async Task<bool> ReleasesAsync(DecideRequest request)
        {
            try
            {
                var claimed = await DecideAsync(policy, request);
                _gateway.Report.Release(new ReleaseAttemptRequest { AttemptId = claimed.AttemptId }, "team_a");
                return true;
            }
            catch (RpcException exception) when (exception.Status.Detail.Contains("parallel requests", StringComparison.Ordinal))
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task Call_that_no_wallet_pays_for_is_a_request_of_its_limits_but_uses_no_tokens_of_them()
    {
        _gateway.Wallet.Available = 0;
        var policy = Policy(FailureKinds.ServerError, Limit with { RequestsPerDay = 3, TokensPerDay = 200, ParallelRequests = 1 });
        for (var call = 0; call < 3; call++)
        {
            Assert.Equal("WALLET_EXHAUSTED", RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => DecideAsync(policy))));
        }

        _gateway.Wallet.Available = 1_000_000_000;
        var refused = await Assert.ThrowsAsync<RpcException>(() => DecideAsync(policy));
        Assert.Equal("RATE_LIMIT_EXCEEDED", RpcErrors.ReasonOf(refused));
        Assert.Contains("3 requests a day", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_that_its_key_may_not_ask_for_is_told_as_denied_demand_at_what_it_could_have_cost()
    {
        var request = new DecideRequest { Model = "m", MaxInputTokens = 100, MaxOutputTokens = 50, Workload = "batch" };
        foreach (var key in new[] { Team with { AllowedModels = ["other"] }, Team with { AllowedLanes = ["economy"] } })
        {
            await Assert.ThrowsAsync<RpcException>(() => _gateway.Decide.RunAsync(Policy(FailureKinds.RateLimit), request, key, Cancel));
        }

        await Eventually.TrueAsync(async () => (await DeniedAsync()).Count == 2, TimeSpan.FromSeconds(10), "the refusals to be owed to the broker");
        Assert.Equal(
            [(Reasons.ModelNotAllowed, "batch", "standard", "m-a", true, 25L), (Reasons.LaneNotAllowed, "batch", "standard", "m-a", true, 25L)],
            (await DeniedAsync()).Select(denied => (denied.Reason, denied.Workload, denied.Lane, denied.Model, denied.EstimatedCostNanos >= 150, denied.InputTokens ?? 0)));
    }

    [Fact]
    public async Task Call_of_a_frozen_team_is_one_refusal_of_which_only_the_caller_is_known()
    {
        foreach (var (standing, role) in new[] { (KeyStanding.TeamFrozen, Role.Inference), (KeyStanding.TeamFrozen, Role.Owner), (KeyStanding.Expired, Role.Inference) })
        {
            var http = new DefaultHttpContext { Request = { Headers = { Authorization = "Bearer kt_live_x", ["X-KT-Workload"] = "batch", ["X-KT-Tags"] = "feature=search" } } };
            await Pipeline(new OneKey(standing, role)).HandleAsync(http, new ChatShape());
            Assert.InRange(http.Response.StatusCode, 401, 403);
        }

        await Eventually.TrueAsync(async () => (await DeniedAsync()).Count > 0, TimeSpan.FromSeconds(10), "the refusal to be owed to the broker");
        var denied = Assert.Single(await DeniedAsync());
        Assert.Equal(
            (Reasons.TeamFrozen, "team_a", "key_1", "ada", "batch", "", 0L, "USD"),
            (denied.Reason, denied.TeamId, denied.KeyId, denied.UserId, denied.Workload, denied.Model, denied.EstimatedCostNanos, denied.Currency));
        Assert.Equal("search", denied.Tags!["feature"]);
    }

    /// <summary>As far as strangers get.</summary>
    private CallPipeline Pipeline(IKeyDirectory directory) =>
        new(directory, null!, null!, _gateway.Planner, null!, null!, _gateway.Forbidden, _gateway.Metrics, TimeProvider.System, NullLogger<CallPipeline>.Instance);

    private static (string Target, int Number) Told(DecideResponse decided) => (decided.Target, decided.AttemptNumber);

    private Task<DecideResponse> DecideAsync(RoutingTable policy, DecideRequest? request = null)
    {
        request ??= new DecideRequest();
        (request.Model, request.MaxInputTokens, request.MaxOutputTokens) = ("m", 100, 50);
        return _gateway.Decide.RunAsync(policy, request, Team, Cancel);
    }

    /// <summary>What a limit had not a moment ago may be refused from memory, also when it has come free since.</summary>
    private async Task<DecideResponse> DecideWhenFreeAsync(RoutingTable policy)
    {
        DecideResponse? decided = null;
        await Eventually.TrueAsync(IsDecidedAsync, TimeSpan.FromSeconds(30), "what was released to be free");
        return decided!;

        async Task<bool> IsDecidedAsync()
        {
            try
            {
                decided = await DecideAsync(policy);
                return true;
            }
            catch (RpcException exception) when (RpcErrors.ReasonOf(exception) == "RATE_LIMIT_EXCEEDED")
            {
                return false;
            }
        }
    }

    private async Task<List<DemandDenied>> DeniedAsync()
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

    private static RoutingTable Policy(FailureKinds fallbackOn, params RouteLimit[] limits) => new(
        7, FrozenDictionary<string, RouteProvider>.Empty, FrozenDictionary<string, RouteTarget>.Empty,
        new Dictionary<string, RouteModel>
        {
            ["m"] = new("m", "standard", LocalGateway.Set(Routes.Failover with { FallbackOn = fallbackOn }, Targets), FrozenDictionary<string, RouteSet>.Empty, DateTimeOffset.UnixEpoch),
        }.ToFrozenDictionary(),
        new Dictionary<string, RouteLane> { ["standard"] = new("standard", null, []) }.ToFrozenDictionary(), [], limits);
}
