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
        var pace = Limit with { Name = "a-pace", Scope = LimitScope.Provider, Match = "a", RequestsPerMinute = 1 };
        var policy = Policy(FailureKinds.RateLimit, pace, Limit with { Name = "bb-pace", Scope = LimitScope.Provider, Match = "bb", RequestsPerMinute = 1 });

        // By a policy that does not pass over, since it would also where the count has not answered.
        Assert.Equal(("a/m-a", 1), Told(await DecideWhenFreeAsync(Policy(FailureKinds.ServerError, pace))));
        var second = await DecideWhenFreeAsync(policy);
        Assert.Equal(("bb/m-bb", 1), Told(second));
        Assert.Equal("fallback: a/m-a is at its rate limit", second.Reason);

        // A second is told where the count has not answered, a minute once it has.
        var refused = await RefusedAsync(policy, "'bb-pace' of 'bb'", exception => RpcErrors.RetryAfterOf(exception) > TimeSpan.FromSeconds(1));
        Assert.Equal((StatusCode.ResourceExhausted, "RATE_LIMIT_EXCEEDED"), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
        Assert.InRange(RpcErrors.RetryAfterOf(refused)!.Value.TotalSeconds, 30, 62);
        await Eventually.TrueAsync(async () => (await DeniedAsync()).Count > 0, TimeSpan.FromSeconds(30), "the refusal to be owed to the broker");
        Assert.Equal((Reasons.RateLimit, "team_a", "bb"), (await DeniedAsync()).Select(denied => (denied.Reason, denied.TeamId, denied.Provider)).Distinct().Single());
        Assert.All(Targets, target => Assert.Equal(1, _gateway.Board.Of(target).Look().OpenAttempts));
    }

    [Fact]
    public async Task Policy_that_does_not_fall_back_on_rate_limits_refuses_at_the_first_target()
    {
        var policy = Policy(FailureKinds.ServerError, Limit with { Scope = LimitScope.Provider, Match = "a", RequestsPerMinute = 1 });
        Assert.Equal(("a/m-a", 1), Told(await DecideWhenFreeAsync(policy)));
        await RefusedAsync(policy, "'pace' of 'a'");
    }

    [Fact]
    public async Task Attempt_that_was_never_marked_sent_is_a_request_of_its_calls_limits_and_none_of_its_providers()
    {
        var policy = Policy(FailureKinds.ServerError, Limit with { RequestsPerDay = 2 });
        await ReleasedAsync();
        await ReleasedAsync();
        await RefusedAsync(policy, "2 requests a day");

        // Apart from the day's requests, of which a call that its provider's limit refuses is one too.
        policy = Policy(FailureKinds.ServerError, Limit with { Name = "a-pace", Scope = LimitScope.Provider, Match = "a", RequestsPerMinute = 1, TokensPerMinute = 10_000 });
        await ReleasedAsync();
        await ReleasedAsync();

        // One that was marked sent may have come to the provider, whoever says that it did not.
        var sent = await DecideWhenFreeAsync(policy);
        _gateway.Report.MarkSent(sent.AttemptId, "team_a");
        _gateway.Report.Release(new ReleaseAttemptRequest { AttemptId = sent.AttemptId, Unreachable = true }, "team_a");
        await RefusedAsync(policy, "'a-pace' of 'a'");

        async Task ReleasedAsync() => _gateway.Report.Release(new ReleaseAttemptRequest { AttemptId = (await DecideWhenFreeAsync(policy)).AttemptId }, "team_a");
    }

    [Fact]
    public async Task Call_is_one_request_of_its_limits_however_many_attempts_it_has_and_whoever_only_says_so_is_counted()
    {
        var policy = Policy(FailureKinds.ServerError, Limit with { RequestsPerDay = 2, TokensPerDay = 1_000_000, ParallelRequests = 1 });
        var first = await DecideWhenFreeAsync(policy);
        _gateway.Report.MarkSent(first.AttemptId, "team_a");
        _gateway.Report.Report(new ReportAttemptRequest { AttemptId = first.AttemptId, Tokens = new Tokens { Input = 30 }, Failure = "server_error" }, "team_a");
        var again = new DecideRequest { CallId = first.CallId, RetryOf = first.AttemptId, Tried = { first.Target }, Avoid = { first.Target } };
        var second = await DecideWhenFreeAsync(policy, again);
        Assert.Equal(("bb/m-bb", 2), Told(second));

        // It runs: of one parallel request none is left.
        await RefusedAsync(policy, "1 parallel requests");
        _gateway.Report.MarkSent(second.AttemptId, "team_a");
        _gateway.Report.Report(new ReportAttemptRequest { AttemptId = second.AttemptId, Tokens = new Tokens { Input = 20 } }, "team_a");

        // One that only says that it is an attempt of a call is a request by itself, and the day's last.
        var claimed = await DecideWhenFreeAsync(policy, new DecideRequest { CallId = Guid.CreateVersion7().ToString(), RetryOf = first.AttemptId, Tried = { "x" } });
        _gateway.Report.Release(new ReleaseAttemptRequest { AttemptId = claimed.AttemptId }, "team_a");
        await RefusedAsync(policy, "2 requests a day");
        await Eventually.TrueAsync(
            async () => (await _gateway.Limits.Store.ReadCountsAsync(["pace"], Cancel)).Sum(row => row.Key.Measure == Routing.Limits.LimitMeasure.TokensPerDay ? row.State.Uses.Sum(use => use.Used) : 0) == 50,
            TimeSpan.FromSeconds(30), "the tokens of both attempts to be counted");
    }

    [Fact]
    public async Task Call_that_no_wallet_pays_for_is_a_request_of_its_limits_but_uses_no_tokens_of_them()
    {
        _gateway.Wallet.Available = 0;
        var policy = Policy(FailureKinds.ServerError, Limit with { RequestsPerDay = 3, TokensPerDay = 200, ParallelRequests = 1 });
        for (var call = 0; call < 3; call++)
        {
            await RefusedAsync(policy, "", exception => RpcErrors.ReasonOf(exception) == "WALLET_EXHAUSTED");
        }

        _gateway.Wallet.Available = 1_000_000_000;
        await RefusedAsync(policy, "3 requests a day");
    }

    [Fact]
    public async Task Call_that_its_key_may_not_ask_for_is_told_as_denied_demand_at_what_it_could_have_cost()
    {
        var request = new DecideRequest { Model = "m", MaxInputTokens = 100, MaxOutputTokens = 50, Workload = "batch" };
        foreach (var key in new[] { Team with { AllowedModels = ["other"] }, Team with { AllowedLanes = ["economy"] } })
        {
            await Assert.ThrowsAsync<RpcException>(() => _gateway.Decide.RunAsync(Policy(FailureKinds.RateLimit), request, key, Cancel));
        }

        await Eventually.TrueAsync(async () => (await DeniedAsync()).Count == 2, TimeSpan.FromSeconds(30), "the refusals to be owed to the broker");
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

        await Eventually.TrueAsync(async () => (await DeniedAsync()).Count > 0, TimeSpan.FromSeconds(30), "the refusal to be owed to the broker");
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

    /// <summary>
    /// What a limit had not a moment ago may be refused from memory, also when it has come free since; and where a slow database's answers come later than what they give may be drawn, a limit that
    /// has something left refuses too, or says that it cannot count.
    /// </summary>
    private async Task<DecideResponse> DecideWhenFreeAsync(RoutingTable policy, DecideRequest? request = null)
    {
        DecideResponse? decided = null;
        var last = "";
        await Eventually.TrueAsync(IsDecidedAsync, TimeSpan.FromSeconds(30), () => $"a decision, not: {last}");
        return decided!;

        async Task<bool> IsDecidedAsync()
        {
            try
            {
                decided = await DecideAsync(policy, request);
                return true;
            }
            catch (RpcException exception) when (RpcErrors.ReasonOf(exception) is "RATE_LIMIT_EXCEEDED" or Reasons.DependencyUnavailable)
            {
                last = exception.Status.Detail;
                return false;
            }
        }
    }

    /// <summary>The refusal that has these words and is as it should be. One by another limit, for the moment, is passed over; a decision is an error.</summary>
    private async Task<RpcException> RefusedAsync(RoutingTable policy, string words, Func<RpcException, bool>? isExpected = null)
    {
        RpcException? refused = null;
        await Eventually.TrueAsync(
            async () =>
            {
                refused = await Assert.ThrowsAsync<RpcException>(() => DecideAsync(policy));
                return refused.Status.Detail.Contains(words, StringComparison.Ordinal) && isExpected?.Invoke(refused) != false;
            },
            TimeSpan.FromSeconds(30), () => $"a refusal for {words}, not: {refused?.Status}");
        return refused!;
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
