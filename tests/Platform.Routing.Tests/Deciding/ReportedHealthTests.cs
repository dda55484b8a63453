using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Health;
using Platform.Routing.Policies;
using Platform.Routing.Resilience;
using Platform.Routing.Tests.Calls;
using Platform.Routing.Tests.Policies;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Deciding;

/// <summary>Whom the reports of platforms steer: of two targets the first is chosen as long as it is well.</summary>
public sealed class ReportedHealthTests : DecisionTest
{
    private static readonly Caller TeamMate = Key with { KeyId = "key_2" };
    private static readonly Caller Service = new("svc", "Service", Role.Gateway, "", "");

    private TargetState First => Gateway.Board.Of(Set.Targets[0].Target);

    [Theory]
    [InlineData("server_error", false)]
    [InlineData("timeout", true)]
    [InlineData("unreachable", false)]
    public async Task Failures_that_a_key_reports_close_a_target_off_for_that_key_alone(string failure, bool unknown)
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("a/m-a", await ReportedAsync(Key, failure, unknown));
        }

        Assert.Equal("bb/m-bb", await TargetForAsync(Key));
        Assert.Equal("a/m-a", await TargetForAsync(TeamMate));
        Assert.Equal("a/m-a", await TargetForAsync(Service));
        Assert.Equal((Availability.Available, 0), (First.Look().Availability, First.Stand().FailuresInARow));
        Assert.Equal("", First.Stand().LastFailure);

        // After its cool-down the key has one attempt to show that it is well.
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("a/m-a", await ReportedAsync(Key, ""));
        Assert.Equal("a/m-a", await ReportedAsync(Key, ""));
        Assert.Equal("a/m-a", await TargetForAsync(Key));
    }

    [Fact]
    public async Task Rate_limit_that_a_key_reports_has_the_target_rest_for_that_key_alone()
    {
        Assert.Equal("a/m-a", await ReportedAsync(Key, "rate_limit", retryAfterSeconds: 30));
        Assert.Equal("bb/m-bb", await TargetForAsync(Key));
        Assert.Equal("a/m-a", await TargetForAsync(TeamMate));
        Assert.Equal(Availability.Available, First.Look().Availability);
        Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("a/m-a", await TargetForAsync(Key));
    }

    [Fact]
    public async Task Failures_that_a_service_reports_count_for_all()
    {
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("a/m-a", await ReportedAsync(Service, "server_error"));
        }

        Assert.Equal("bb/m-bb", await TargetForAsync(Service));
        Assert.Equal("bb/m-bb", await TargetForAsync(Key));
        Assert.Equal(Availability.Open, First.Look().Availability);
    }

    [Fact]
    public async Task Successes_and_first_tokens_that_a_key_reports_tell_nobody_else_that_a_target_is_well_or_fast()
    {
        Fail(times: 4);
        await ReportedAsync(Key, "", firstTokenMs: 1);
        Assert.Equal(4, First.Stand().FailuresInARow);
        Assert.Equal(0, First.Look().FirstTokenMs);
        Assert.Equal(1, First.Look(default(TargetAccess) with { Reporter = Key.KeyId }).FirstTokenMs);

        // Opened by the gateway's own calls, it is closed by them alone; a key neither takes their probe nor ends it.
        Fail(times: 1);
        Assert.Equal("bb/m-bb", await TargetForAsync(Key));
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("a/m-a", await ReportedAsync(Key, ""));
        Assert.Equal("a/m-a", await ReportedAsync(Key, ""));
        var probe = First.TryEnter();
        Assert.Equal((BreakerState.HalfOpen, BreakerPass.Probe), (First.Stand().State, probe.Target));
        Assert.Equal("bb/m-bb", await TargetForAsync(Key));
    }

    [Fact]
    public async Task Further_attempts_that_a_key_claims_leave_the_retry_budget_of_others()
    {
        var again = new DecideRequest { Model = "m", MaxInputTokens = 10, MaxOutputTokens = 1, CallId = Guid.NewGuid().ToString(), Tried = { "a/m-a" } };
        for (var i = 0; i < RetryBudget.FloorPerMinute; i++)
        {
            await DecideAsync(Key, again);
        }

        Assert.Equal(Reasons.RetryBudgetSpent, RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => DecideAsync(Key, again))));
        await DecideAsync(TeamMate, again);
        again.TeamId = "team_a";
        await DecideAsync(Service, again);
    }

    /// <summary>Calls of the gateway itself.</summary>
    private void Fail(int times)
    {
        for (var i = 0; i < times; i++)
        {
            First.Leave(First.TryEnter(), TargetVerdict.Failed, failure: "answered 500");
        }
    }

    /// <summary>The target that an attempt was decided for, which is reported to have ended so.</summary>
    /// <param name="failure">Empty: it was answered. <c>unreachable</c>: it is released.</param>
    private async Task<string> ReportedAsync(Caller caller, string failure, bool unknown = false, int retryAfterSeconds = 0, long firstTokenMs = 0)
    {
        var decided = await DecideAsync(caller, RequestOf(caller));
        if (failure == "unreachable")
        {
            Gateway.Report.Release(new ReleaseAttemptRequest { AttemptId = decided.AttemptId, Unreachable = true }, "team_a");
            return decided.Target;
        }

        Gateway.Report.Report(
            new ReportAttemptRequest
            {
                AttemptId = decided.AttemptId, Tokens = unknown ? null : new Tokens(), Unknown = unknown, Failure = failure, RetryAfterSeconds = retryAfterSeconds, FirstTokenMs = firstTokenMs,
            },
            "team_a");
        return decided.Target;
    }

    private async Task<string> TargetForAsync(Caller caller)
    {
        var decided = await DecideAsync(caller, RequestOf(caller));
        Gateway.Report.Release(new ReleaseAttemptRequest { AttemptId = decided.AttemptId }, "team_a");
        return decided.Target;
    }

    private static DecideRequest RequestOf(Caller caller) =>
        new() { Model = "m", MaxInputTokens = 10, MaxOutputTokens = 1, TeamId = caller.Role == Role.Gateway ? "team_a" : "" };

    private Task<DecideResponse> DecideAsync(Caller caller, DecideRequest request) => Gateway.Decide.RunAsync(Table(), request, caller, Cancel);
}
