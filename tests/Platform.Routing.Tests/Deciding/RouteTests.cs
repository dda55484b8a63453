using System.Collections.Frozen;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Routing.V1;
using Platform.Routing.Deciding;
using Platform.Routing.Journal;
using Platform.Routing.Policies;
using Platform.Routing.Resilience;
using Platform.Routing.Shipping;
using Platform.Routing.Tests.Calls;
using Platform.Routing.Tests.Policies;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Deciding;

/// <summary>A platform that calls providers itself: what it decides, sends, reports and releases.</summary>
public sealed class RouteTests : DecisionTest
{
    [Fact]
    public async Task Decided_sent_and_reported_attempt_is_funded_journalled_and_costs_what_it_used()
    {
        var decided = await DecideAsync(new DecideRequest { MaxInputTokens = 100, MaxOutputTokens = 50, Tags = { ["feature"] = "search" } });
        Assert.Equal(("a/m-a", "openai", "http://a", "m-a", 50, 1, 2, "policy@7"), (decided.Target, decided.ProviderKind, decided.BaseUrl, decided.Model, decided.OutputCap, decided.AttemptNumber, decided.AttemptsLeft, decided.Policy));
        Assert.Equal(100 + 256 + 50 + 4, decided.BoundNanos);
        Assert.True(decided is { HasWalletRemainingNanos: true, WalletRemainingNanos: > 0 });
        Assert.Empty(Gateway.Attempts());
        Gateway.Report.MarkSent(decided.AttemptId, "team_a");
        Gateway.Report.MarkSent(decided.AttemptId, "team_a");
        Assert.Equal(JournalKind.Leased, Assert.Single(Gateway.Attempts()).Last.Kind);
        Assert.Equal(30, Report(decided, new Tokens { Input = 20, Output = 10 }));
        Assert.Equal(30, Report(decided, new Tokens { Input = 999 }));
        var ended = Assert.Single(Gateway.Attempts()).Last;
        Assert.Equal((JournalKind.Finished, 30, Outcome.Succeeded, decided.CallId), (ended.Kind, ended.AmountNanos, ended.Event!.Outcome, ended.Event.CallId));
        Assert.Equal("search", ended.Event.Tags["feature"]);
    }

    [Fact]
    public async Task Decision_and_record_have_the_mark_that_the_wallet_gave()
    {
        await using var gateway = new LocalGateway(funds: 0, clock: Time) { Wallet = { LetsThrough = Mark.Observed } };
        gateway.Price(Set.Targets);
        var decided = await gateway.Decide.RunAsync(Table(Set), new DecideRequest { Model = "m", MaxInputTokens = 100, MaxOutputTokens = 50 }, Key, Cancel);
        Assert.Equal(Mark.Observed, decided.Mark);
        gateway.Report.MarkSent(decided.AttemptId, "team_a");
        gateway.Report.Report(new ReportAttemptRequest { AttemptId = decided.AttemptId, Tokens = new Tokens { Input = 20 } }, "team_a");
        Assert.Equal(Mark.Observed, Assert.Single(gateway.Attempts()).Last.Event!.Mark);
    }

    [Theory]
    // What the answer tells → tier and cost of 100 tokens: of a token at 1 as standard, at 2 as priority.
    [InlineData("priority", "priority 200")]
    [InlineData("default", "standard 100")]
    [InlineData("", "priority 200")]
    public async Task Tier_of_a_target_is_to_be_sent_and_the_one_that_the_answer_tells_is_rated(string told, string expected)
    {
        Gateway.Tiers = [("priority", 200)];
        var set = LocalGateway.Set(Routes.Failover, LocalGateway.Target("a", "http://a") with { ServiceTier = "priority" });
        Gateway.Price(set.Targets);
        var decided = await Gateway.Decide.RunAsync(Table(set), new DecideRequest { Model = "m", MaxInputTokens = 100, MaxOutputTokens = 50 }, Key, Cancel);
        Assert.Equal(("priority", (2 * (100 + 256 + 50)) + 4), (decided.ServiceTier, decided.BoundNanos));
        var cost = Gateway.Report.Report(new ReportAttemptRequest { AttemptId = decided.AttemptId, Tokens = new Tokens { Input = 90, Output = 10 }, ServiceTier = told }, "team_a");
        Assert.Equal(expected, $"{Assert.Single(Gateway.Attempts()).Last.Event!.ServiceTier} {cost}");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(86_400_001)]
    [InlineData(long.MaxValue)]
    public async Task First_token_beyond_any_call_is_refused_and_the_attempt_can_still_be_reported(long milliseconds)
    {
        var decided = await DecideAsync(new DecideRequest { MaxInputTokens = 100, MaxOutputTokens = 50 });
        Gateway.Report.MarkSent(decided.AttemptId, "team_a");
        var report = new ReportAttemptRequest { AttemptId = decided.AttemptId, Tokens = new Tokens { Input = 20 }, FirstTokenMs = milliseconds };
        Assert.Equal(Reasons.InvalidArgument, Refused(() => Gateway.Report.Report(report, "team_a")));
        report.FirstTokenMs = 86_400_000;
        Assert.Equal(20, Gateway.Report.Report(report, "team_a"));
        Assert.Equal(86_400_000, Assert.Single(Gateway.Attempts()).Last.Event!.FirstTokenMs);
    }

    [Theory]
    // Input, cached input, output, reasoning; of an attempt that was decided for 10 and 20 tokens in two answers. Its target adds up to 256 tokens of its own, and generates 16,384 an answer at most.
    [InlineData(0, 0, int.MaxValue, 0, false)]
    [InlineData(0, 0, 0, int.MaxValue, false)]
    [InlineData(int.MaxValue, 0, 0, 0, false)]
    [InlineData(2_000, 661, 0, 0, false)]
    [InlineData(0, 0, 32_768, 1, false)]
    [InlineData(2_000, 660, 32_768, 0, true)]
    public async Task Report_of_more_than_such_an_attempt_can_have_used_is_refused_and_another_may_follow(long input, long cached, long output, long reasoning, bool taken)
    {
        var decided = await DecideAsync(new DecideRequest { MaxInputTokens = 10, MaxOutputTokens = 20, Choices = 2 });
        Gateway.Report.MarkSent(decided.AttemptId, "team_a");
        var tokens = new Tokens { Input = input, CachedInput = cached, Output = output, Reasoning = reasoning };
        if (taken)
        {
            Assert.Equal(input + cached + output, Report(decided, tokens));
            return;
        }

        Assert.Equal(Reasons.InvalidArgument, Refused(() => Report(decided, tokens)));
        Assert.Equal(JournalKind.Leased, Assert.Single(Gateway.Attempts()).Last.Kind);
        Assert.Equal(30, Report(decided, new Tokens { Input = 20, Output = 10 }));
    }

    [Fact]
    public async Task Input_that_fits_the_models_context_is_believed_however_little_was_decided_for()
    {
        var set = LocalGateway.Set(Routes.Failover, LocalGateway.Target("a", "http://a") with { ContextTokens = 100_000 });
        var decided = await Gateway.Decide.RunAsync(Table(set), new DecideRequest { Model = "m", MaxInputTokens = 1, MaxOutputTokens = 1 }, Key, Cancel);
        Assert.Equal(Reasons.InvalidArgument, Refused(() => Report(decided, new Tokens { Input = 60_000, CachedInput = 30_000, CacheWrite = 9_000, CacheWrite1H = 1_001 })));

        // Written for an hour costs nothing in these prices.
        Assert.Equal(99_000, Report(decided, new Tokens { Input = 60_000, CachedInput = 30_000, CacheWrite = 9_000, CacheWrite1H = 1_000 }));
    }

    [Fact]
    public async Task Lane_with_windows_is_decided_for_while_one_is_open()
    {
        var night = new RouteLane("night", null, [new RouteWindow("0 22 * * *", TimeZoneInfo.Utc, TimeSpan.FromHours(8))]);
        var table = Table() with { Lanes = new Dictionary<string, RouteLane> { ["standard"] = new("standard", null, []), ["night"] = night }.ToFrozenDictionary() };
        var request = new DecideRequest { Model = "m", MaxInputTokens = 100, Lane = "night" };
        var shut = Time.GetUtcNow().Date.AddHours(20);
        Time.SetUtcNow(new DateTimeOffset(shut, TimeSpan.Zero).AddDays(1));
        var refused = await Assert.ThrowsAsync<RpcException>(() => Gateway.Decide.RunAsync(table, request, Key, Cancel));
        Assert.Equal((StatusCode.FailedPrecondition, Reasons.LaneClosed, (TimeSpan?)TimeSpan.FromHours(2)), (refused.StatusCode, RpcErrors.ReasonOf(refused), RpcErrors.RetryAfterOf(refused)));
        Assert.Empty(Gateway.Attempts());
        await Gateway.Decide.RunAsync(table, new DecideRequest { Model = "m", MaxInputTokens = 100 }, Key, Cancel);
        Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal("night", (await Gateway.Decide.RunAsync(table, request, Key, Cancel)).Lane);
    }

    [Fact]
    public async Task Attempt_that_is_not_marked_sent_in_time_gives_its_money_back_and_may_not_be_sent()
    {
        var decided = await DecideAsync(new DecideRequest { MaxInputTokens = 100, SendWithinSeconds = 5 });
        Pass(seconds: 5);
        Assert.Equal(Reasons.AttemptEnded, Refused(() => Gateway.Report.MarkSent(decided.AttemptId, "team_a")));
        Assert.Equal(Reasons.AttemptEnded, Refused(() => Report(decided, new Tokens { Input = 1 })));
        Gateway.Report.Release(new ReleaseAttemptRequest { AttemptId = decided.AttemptId }, "team_a");
        Assert.Empty(Gateway.Attempts());
        var lease = await Gateway.LeaseAsync();
        Assert.Equal((0, 0), (lease.OpenNanos, lease.DrawnNanos));
    }

    [Fact]
    public async Task Attempt_that_is_sent_and_not_reported_in_time_goes_to_suspense()
    {
        var decided = await DecideAsync(new DecideRequest { MaxInputTokens = 100, ReportWithinSeconds = 30 });
        Gateway.Report.MarkSent(decided.AttemptId, "team_a");
        Pass(seconds: 29);
        Assert.Equal(JournalKind.Leased, Assert.Single(Gateway.Attempts()).Last.Kind);
        Pass(seconds: 1);
        var ended = Assert.Single(Gateway.Attempts()).Last;
        Assert.Equal((JournalKind.LeasedUnknown, decided.BoundNanos, "not reported in time"), (ended.Kind, ended.AmountNanos, ended.Text));
        Assert.Equal(Reasons.AttemptEnded, Refused(() => Report(decided, new Tokens { Input = 1 })));
    }

    [Theory]
    // Where the gateway dies → what the journal's next reader does.
    [InlineData("decided", null)]
    [InlineData("sent", nameof(RecoveryAction.SuspendDraw))]
    [InlineData("reported", nameof(RecoveryAction.Ship))]
    [InlineData("unknown", nameof(RecoveryAction.SuspendDraw))]
    [InlineData("released", nameof(RecoveryAction.Nothing))]
    public async Task A_crash_after_each_step_is_settled_by_the_journal(string step, string? action)
    {
        var decided = await DecideAsync(new DecideRequest { MaxInputTokens = 100 });
        if (step != "decided")
        {
            Gateway.Report.MarkSent(decided.AttemptId, "team_a");
        }

        switch (step)
        {
            case "reported":
                Report(decided, new Tokens { Input = 5 });
                break;
            case "unknown":
                Gateway.Report.Report(new ReportAttemptRequest { AttemptId = decided.AttemptId, Unknown = true, Failure = "timeout" }, "team_a");
                break;
            case "released":
                Gateway.Report.Release(new ReleaseAttemptRequest { AttemptId = decided.AttemptId, Unreachable = true }, "team_a");
                break;
        }

        var attempts = Gateway.Attempts();
        Assert.Equal(action, attempts.Count == 0 ? null : RecoverAtStart.Decide(attempts[0].Last.Kind, isLeased: true).ToString());
    }

    [Theory]
    [InlineData("", false, JournalKind.LeasedUnknown, "the platform reports an answer of no tokens at all")]
    [InlineData("", true, JournalKind.LeasedUnknown, "the platform reports an answer of no tokens at all")]
    [InlineData("content_policy", false, JournalKind.Finished, "")]
    internal async Task Report_of_no_tokens_is_a_usage_only_with_the_failure_that_it_met(string failure, bool clientClosed, JournalKind end, string why)
    {
        var decided = await DecideAsync(new DecideRequest { MaxInputTokens = 100 });
        Gateway.Report.MarkSent(decided.AttemptId, "team_a");
        var report = new ReportAttemptRequest { AttemptId = decided.AttemptId, Tokens = new Tokens(), Failure = failure, ClientClosed = clientClosed };
        Assert.Equal((0, 0), (Gateway.Report.Report(report, "team_a"), Gateway.Report.Report(report, "team_a")));
        var last = Assert.Single(Gateway.Attempts()).Last;
        Assert.Equal((end, why), (last.Kind, last.Text));
    }

    [Fact]
    public async Task Next_attempt_of_a_call_goes_elsewhere_and_says_what_it_repeats()
    {
        var first = await DecideAsync(new DecideRequest { MaxInputTokens = 100 });
        Gateway.Report.MarkSent(first.AttemptId, "team_a");
        Gateway.Report.Report(new ReportAttemptRequest { AttemptId = first.AttemptId, Tokens = new Tokens(), Failure = "server_error" }, "team_a");
        var second = await DecideAsync(new DecideRequest { MaxInputTokens = 100, CallId = first.CallId, RetryOf = first.AttemptId, Tried = { first.Target }, Avoid = { first.Target } });
        Assert.Equal(("bb/m-bb", first.CallId, 2), (second.Target, second.CallId, second.AttemptNumber));
        Assert.Equal(20, Report(second, new Tokens { Input = 10 }));
        var last = Gateway.Attempts()[1].Last.Event!;
        Assert.Equal((first.AttemptId, true, 10, Outcome.Succeeded), (last.RetryOf, last.Fallback, last.PrimaryCostNanos, last.Outcome));
        var spent = await Assert.ThrowsAsync<RpcException>(() => DecideAsync(new DecideRequest { MaxInputTokens = 100, Tried = { "x", "y", "z" } }));
        Assert.Equal(Reasons.AttemptsSpent, RpcErrors.ReasonOf(spent));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Attempt_repeats_the_last_that_was_sent_where_one_between_was_not(bool isLate)
    {
        var first = await DecideAsync(new DecideRequest { MaxInputTokens = 100 });
        Gateway.Report.MarkSent(first.AttemptId, "team_a");
        Gateway.Report.Report(new ReportAttemptRequest { AttemptId = first.AttemptId, Tokens = new Tokens(), Failure = "server_error" }, "team_a");
        var between = await DecideAsync(new DecideRequest { MaxInputTokens = 100, CallId = first.CallId, RetryOf = first.AttemptId, Tried = { first.Target } });
        if (isLate)
        {
            Pass(61);
        }
        else
        {
            Gateway.Report.Release(new ReleaseAttemptRequest { AttemptId = between.AttemptId, Unreachable = true }, "team_a");
        }

        var last = await DecideAsync(new DecideRequest { MaxInputTokens = 100, CallId = first.CallId, RetryOf = between.AttemptId, Tried = { first.Target, between.Target }, Avoid = { first.Target } });
        Report(last, new Tokens { Input = 10 });
        var record = Gateway.Attempts()[^1].Last.Event!;
        Assert.Equal((first.AttemptId, 2, 2), (record.RetryOf, record.AttemptNumber, last.AttemptNumber));

        // The policy's attempts are all that were made.
        Assert.Equal(between.AttemptsLeft - 1, last.AttemptsLeft);
    }

    [Fact]
    public async Task Attempt_that_a_limit_refuses_takes_nothing_from_the_retry_budget()
    {
        var first = await DecideAsync(new DecideRequest { MaxInputTokens = 100 });
        var again = new DecideRequest { Model = "m", MaxInputTokens = 100, CallId = first.CallId, RetryOf = first.AttemptId, Tried = { first.Target } };
        var limited = Table() with { Limits = [new RouteLimit("none", LimitScope.Team, "", 0, 1, 0, 0, 0, 100, TimeSpan.Zero)] };
        for (var i = 0; i < 50; i++)
        {
            var refused = await Assert.ThrowsAsync<RpcException>(() => Gateway.Decide.RunAsync(limited, again, Key, Cancel));
            Assert.Equal("REQUEST_ABOVE_LIMIT", RpcErrors.ReasonOf(refused));
        }

        for (var i = 0; i < RetryBudget.FloorPerMinute; i++)
        {
            await DecideAsync(again.Clone());
        }

        Assert.Equal(Reasons.RetryBudgetSpent, RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => DecideAsync(again.Clone()))));
    }

    [Fact]
    public async Task Others_attempts_are_not_there_and_services_act_for_all()
    {
        var decided = await DecideAsync(new DecideRequest { MaxInputTokens = 100 });
        Assert.Equal(Reasons.AttemptNotFound, Refused(() => Gateway.Report.MarkSent(decided.AttemptId, "team_b")));
        Assert.Equal(Reasons.AttemptNotFound, Refused(() => Gateway.Report.MarkSent("nonsense", "team_a")));
        Gateway.Report.MarkSent(decided.AttemptId, teamId: null);
        var service = new Caller("svc", "Service", Role.Gateway, "", "");
        var other = await Gateway.Decide.RunAsync(Table(), new DecideRequest { Model = "m", MaxInputTokens = 10, TeamId = "team_b", UserId = "ann" }, service, Cancel);
        Gateway.Report.MarkSent(other.AttemptId, "team_b");
        Assert.Equal(("team_b", "ann"), (Gateway.Attempts()[^1].Intent.Event!.TeamId, Gateway.Attempts()[^1].Intent.Event!.UserId));
    }

    [Theory]
    [InlineData("", 0, "", StatusCode.InvalidArgument)]
    [InlineData("", 10, "team_b", StatusCode.InvalidArgument)]
    [InlineData("video", 10, "", StatusCode.InvalidArgument)]
    [InlineData("messages", 10, "", StatusCode.InvalidArgument)]
    public async Task Decision_that_is_asked_for_badly_is_refused(string shape, long input, string team, StatusCode status)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => DecideAsync(new DecideRequest { Shape = shape, MaxInputTokens = input, TeamId = team }));
        Assert.Equal(status, refused.StatusCode);
    }

    [Fact]
    public async Task Wallet_that_cannot_pay_refuses_with_its_reason_and_leaves_the_target_free()
    {
        await using var poor = new LocalGateway(funds: 10, clock: Time);
        poor.Price(Set.Targets);
        var refused = await Assert.ThrowsAsync<RpcException>(() => poor.Decide.RunAsync(Table(), new DecideRequest { Model = "m", MaxInputTokens = 100 }, Key, Cancel));
        Assert.Equal((StatusCode.FailedPrecondition, "WALLET_EXHAUSTED"), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
        Assert.Equal(0, poor.Board.Of(Set.Targets[0].Target).Look().OpenAttempts);
    }

    [Fact]
    public async Task Team_that_decides_and_never_calls_keeps_nobody_else_out()
    {
        var request = new DecideRequest { Model = "m", MaxInputTokens = 1, MaxOutputTokens = 1 };
        for (var i = 0; i < 2_000; i++)
        {
            await Gateway.Decide.RunAsync(Table(), request, Key, Cancel);
        }

        var refused = await Assert.ThrowsAsync<RpcException>(() => Gateway.Decide.RunAsync(Table(), request, Key, Cancel));
        Assert.Equal(Reasons.TooManyDecided, RpcErrors.ReasonOf(refused));
        await Gateway.Decide.RunAsync(Table(), request, Key with { TeamId = "team_b" }, Cancel);
        Pass(seconds: 60);
        await Gateway.Decide.RunAsync(Table(), request, Key, Cancel);
    }

    private Task<DecideResponse> DecideAsync(DecideRequest request)
    {
        request.Model = "m";
        return Gateway.Decide.RunAsync(Table(), request, Key, Cancel);
    }

    private long Report(DecideResponse decided, Tokens tokens) =>
        Gateway.Report.Report(new ReportAttemptRequest { AttemptId = decided.AttemptId, Tokens = tokens }, "team_a");

    private static string? Refused(Action step) => RpcErrors.ReasonOf(Assert.Throws<RpcException>(step));

    private void Pass(int seconds)
    {
        Time.Advance(TimeSpan.FromSeconds(seconds));
        Gateway.Decided.Sweep();
    }
}
