using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Routing.Calls;
using Platform.Routing.Health;
using Platform.Routing.Journal;
using Platform.Routing.Policies;
using Platform.Testing;

namespace Platform.Routing.Tests.Calls;

/// <summary>Attempts that follow one another, with the money of each. A token costs as many nanos as its provider's name has letters.</summary>
public sealed class AttemptLoopTests : IAsyncLifetime
{
    private const FailureKinds Unbilled = FailureKinds.RateLimit | FailureKinds.ServerError | FailureKinds.Connection | FailureKinds.Misconfigured;
    private static readonly RouteFailover Usual = new(FailureKinds.Connection, Unbilled, 3, 20, TimeSpan.FromMilliseconds(1));

    // Short, because two cases hang; long enough that a busy machine makes no other one look so.
    private readonly LocalGateway _gateway = new(gateway: new GatewayOptions { FirstByteSeconds = 3 });
    private ScriptedProvider? _providers;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ScriptedProvider Providers => _providers!;

    private RouteTarget A => LocalGateway.Target("a", Providers.AddressOf("a"));

    private RouteTarget Bb => LocalGateway.Target("bb", Providers.AddressOf("bb"));

    private RouteTarget Ccc => LocalGateway.Target("ccc", Providers.AddressOf("ccc"));

    public async ValueTask InitializeAsync() => _providers = await ScriptedProvider.StartAsync(Cancel);

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await Providers.DisposeAsync();
    }

    [Theory]
    // What a, bb and ccc do → status, who answered, and every attempt with its end in the journal.
    [InlineData("ok", "", 200, "a", "a#1 Finished")]
    [InlineData("500", "", 200, "bb", "a#1 Finished, bb#2 Finished")]
    [InlineData("503", "429", 200, "ccc", "a#1 Finished, bb#2 Finished, ccc#3 Finished")]
    [InlineData("429", "500", 200, "ccc", "a#1 Finished, bb#2 Finished, ccc#3 Finished")]
    [InlineData("529", "", 200, "bb", "a#1 Finished, bb#2 Finished")]
    [InlineData("400 bad", "", 400, "a", "a#1 Finished")]
    [InlineData("404", "", 404, "a", "a#1 Finished")]
    [InlineData("400 context_length_exceeded", "", 400, "a", "a#1 Finished")]
    [InlineData("reset", "", 502, "", "a#1 LeasedUnknown")]
    [InlineData("hang", "", 504, "", "a#1 LeasedUnknown")]
    [InlineData("502", "", 502, "a", "a#1 LeasedUnknown")]
    [InlineData("500", "reset", 502, "", "a#1 Finished, bb#2 LeasedUnknown")]
    [InlineData("401", "", 200, "bb", "a#1 Finished, bb#2 Finished")]
    [InlineData("403", "", 200, "bb", "a#1 Finished, bb#2 Finished")]
    [InlineData("404 model_not_found", "", 200, "bb", "a#1 Finished, bb#2 Finished")]
    [InlineData("402", "", 200, "bb", "a#1 Finished, bb#2 Finished")]
    [InlineData("429 insufficient_quota", "", 200, "bb", "a#1 Finished, bb#2 Finished")]
    // What does not prove that nothing is billed: a proxy's word, of which some tells that the provider was still busy.
    [InlineData("page 503", "", 200, "bb", "a#1 LeasedUnknown, bb#2 Finished")]
    [InlineData("page 500", "429", 200, "ccc", "a#1 LeasedUnknown, bb#2 Finished, ccc#3 Finished")]
    [InlineData("page 429", "", 200, "bb", "a#1 Finished, bb#2 Finished")]
    [InlineData("page 524", "", 524, "a", "a#1 LeasedUnknown")]
    [InlineData("499", "", 499, "a", "a#1 LeasedUnknown")]
    public async Task By_default_only_what_is_unbilled_goes_on_to_the_next_target(string a, string b, int status, string by, string story)
    {
        Providers.Script("a", a);
        Providers.Script("bb", b.Length == 0 ? "ok" : b);
        var answer = await _gateway.CallAsync(LocalGateway.Set(Usual, A, Bb, Ccc));
        Assert.Equal((status, story), (answer.Status, _gateway.Story()));
        Assert.Equal(story.Count(c => c == '#').ToString(), answer.Headers["X-KT-Attempts"].ToString());
        Assert.Contains(status == 200 ? $"\"id\":\"{by}\"" : by.Length > 0 ? $"{by} says no" : "provider_unavailable", answer.Body, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(Providers.Calls.Count, Providers.Calls.Distinct().Count());
    }

    [Theory]
    // What a does, and bb, or "" where it cannot be reached → whether the caller hears that nothing was charged.
    [InlineData("429", "", true)]
    [InlineData("page 503", "", false)]
    [InlineData("429", "402", true)]
    [InlineData("page 503", "402", false)]
    public async Task Caller_hears_that_nothing_was_charged_only_where_no_attempt_may_be_billed(string a, string b, bool nothing)
    {
        Providers.Script("a", a);
        Providers.Script("bb", b);
        var last = b.Length > 0 ? Bb : LocalGateway.Target("bb", "http://127.0.0.1:1");
        var answer = await _gateway.CallAsync(LocalGateway.Set(Usual with { MaxAttempts = 2 }, A, last));
        Assert.Equal(503, answer.Status);
        Assert.Equal(nothing, answer.Body.Contains("Nothing was charged", StringComparison.Ordinal));
        Assert.Equal(!nothing, answer.Body.Contains("may be billed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(nameof(FailureKinds.Timeout), "hang", "a#1 LeasedUnknown, bb#2 Finished")]
    [InlineData(nameof(FailureKinds.Timeout), "reset", "a#1 LeasedUnknown, bb#2 Finished")]
    [InlineData(nameof(FailureKinds.Timeout), "504", "a#1 LeasedUnknown, bb#2 Finished")]
    [InlineData(nameof(FailureKinds.Timeout), "empty", "a#1 LeasedUnknown, bb#2 Finished")]
    [InlineData(nameof(FailureKinds.ContextLength), "400 context_length_exceeded", "a#1 Finished, bb#2 Finished")]
    [InlineData(nameof(FailureKinds.ContentPolicy), "400 content_filter", "a#1 Finished, bb#2 Finished")]
    [InlineData(nameof(FailureKinds.ContentPolicy), "blocked", "a#1 LeasedUnknown, bb#2 Finished")]
    public async Task What_the_policy_names_goes_on_too(string kind, string a, string story)
    {
        Providers.Script("a", a);
        var answer = await _gateway.CallAsync(LocalGateway.Set(Usual with { FallbackOn = Enum.Parse<FailureKinds>(kind) }, A, Bb), stream: a == "empty");
        Assert.Equal((200, story), (answer.Status, _gateway.Story()));
    }

    [Fact]
    public async Task Redirect_is_no_answer_for_the_caller_whose_client_would_follow_it_with_his_key()
    {
        Providers.Script("a", "308");
        var answer = await _gateway.CallAsync(LocalGateway.Set(Usual, A));
        Assert.Equal((502, "a#1 Finished"), (answer.Status, _gateway.Story()));
        Assert.Contains("redirect (308)", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Location", answer.Headers.Keys);
    }

    [Fact]
    public async Task Provider_speaks_in_no_header_of_the_gateway_s()
    {
        Providers.Script("a", "boast");
        var answer = await _gateway.CallAsync(LocalGateway.Set(Usual, A));
        Assert.Equal((200, "theirs"), (answer.Status, answer.Headers["X-Request-Id"].ToString()));
        Assert.DoesNotContain(answer.Headers, header => header.Key is "X-KT-Mark" or "x-kt-anything" or "Refresh");
    }

    [Theory]
    [InlineData("content_filter", "a#1 LeasedUnknown, bb#2 Finished")]
    [InlineData("unsupported_parameter", "a#1 Finished")]
    public async Task Refusal_that_Azure_bills_waits_for_its_bill_while_another_target_answers(string code, string story)
    {
        Providers.Script("a", "400 " + code);
        var azure = A with { Provider = A.Provider with { Kind = ProviderKind.AzureOpenAi } };
        await _gateway.CallAsync(LocalGateway.Set(Usual with { FallbackOn = FailureKinds.ContentPolicy }, azure, Bb));
        Assert.Equal(story, _gateway.Story());
    }

    [Theory]
    [InlineData("401", "refused the gateway's key (401)")]
    [InlineData("404 model_not_found", "knows no such model or route (404)")]
    [InlineData("402", "has no credit left (402)")]
    [InlineData("429 insufficient_quota", "has no credit left (429)")]
    [InlineData("308", "answers with a redirect (308): its base_url is out of date")]
    public async Task Target_that_refuses_the_gateway_itself_is_left_alone_at_once(string a, string reason)
    {
        Providers.Script("a", a);
        var set = LocalGateway.Set(Usual, A, Bb);
        await _gateway.CallAsync(set);
        var state = _gateway.Board.Of(set.Targets[0].Target);
        Assert.Equal((Availability.Open, reason), (state.Look().Availability, state.Stand().LastFailure));
        await _gateway.CallAsync(set);
        Assert.Equal("fallback: a/m-a is left alone for a while", _gateway.Attempts()[^1].Intent.Event!.RouteReason);
    }

    [Theory]
    [InlineData("401")]
    [InlineData("404 model_not_found")]
    public async Task Key_of_a_team_that_is_refused_is_left_alone_and_closes_the_target_off_for_nobody_else(string refusal)
    {
        Providers.Script("a", refusal, "ok");
        var own = A with { Provider = A.Provider with { TeamApiKeys = new Dictionary<string, ProviderKey?> { ["team_a"] = new("sk-team") }.ToFrozenDictionary() } };
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(200, (await _gateway.CallAsync(LocalGateway.Set(Usual, own, Bb))).Status);
        }

        Assert.Equal("fallback: a/m-a is left alone for a while", _gateway.Attempts()[^1].Intent.Event!.RouteReason);
        await _gateway.CallAsync(LocalGateway.Set(Usual, A, Bb));
        Assert.Equal("a#1 Finished, bb#2 Finished, bb#1 Finished, a#1 Finished", _gateway.Story());
        Assert.Equal(Availability.Available, _gateway.Board.Of(own).Look().Availability);
    }

    [Fact]
    public async Task Team_whose_own_key_is_missing_is_never_served_with_the_shared_one()
    {
        var own = A with { Provider = A.Provider with { TeamApiKeys = new Dictionary<string, ProviderKey?> { ["team_a"] = null }.ToFrozenDictionary() } };
        Assert.Equal(200, (await _gateway.CallAsync(LocalGateway.Set(Usual, own, Bb))).Status);
        var alone = await _gateway.CallAsync(LocalGateway.Set(Usual, own));
        Assert.Equal((503, "bb#1 Finished"), (alone.Status, _gateway.Story()));
        Assert.Contains($"The provider '{own.Provider.Name}' is not set up: the key of team 'team_a' is missing.", alone.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("402")]
    [InlineData("429 insufficient_quota")]
    [InlineData("400 billing_hard_limit_reached")]
    public async Task Account_without_credit_is_no_refusal_of_the_wallet_and_its_words_are_not_passed_on(string refusal)
    {
        Providers.Script("a", refusal);
        var answer = await _gateway.CallAsync(LocalGateway.Set(Usual, A));
        Assert.Equal((503, "a#1 Finished"), (answer.Status, _gateway.Story()));
        Assert.Contains("no credit left", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("says no", answer.Body, StringComparison.Ordinal);
        Assert.Equal(0, _gateway.Attempts()[0].Last.AmountNanos);
    }

    [Fact]
    public async Task Stream_that_says_an_error_before_its_first_token_goes_on_to_the_next_target()
    {
        Providers.Script("a", "stream-error");
        Providers.Script("bb", "stream");
        var answer = await _gateway.CallAsync(LocalGateway.Set(Usual with { FallbackOn = FailureKinds.StreamError }, A, Bb), stream: true);
        Assert.Equal((200, "a#1 LeasedUnknown, bb#2 Finished", "bb/m-bb"), (answer.Status, _gateway.Story(), answer.Headers["X-KT-Target"].ToString()));
        Assert.Equal("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"h\"}}]}\n\ndata: [DONE]\n\n", answer.Body);
    }

    [Fact]
    public async Task Stream_that_says_an_error_is_passed_on_as_it_came_when_nobody_else_is_asked()
    {
        Providers.Script("a", "stream-error");
        var answer = await _gateway.CallAsync(LocalGateway.Set(Usual, A, Bb), stream: true);
        Assert.Equal((200, "a#1 LeasedUnknown", "text/event-stream"), (answer.Status, _gateway.Story(), answer.Headers.ContentType.ToString()));
        Assert.Contains("\"role\":\"assistant\"", answer.Body, StringComparison.Ordinal);
        Assert.EndsWith("data: {\"error\":{\"message\":\"a is overloaded\"}}\n\n", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Target_that_cannot_be_reached_is_tried_again_and_then_left()
    {
        var closed = LocalGateway.Target("a", $"http://127.0.0.1:{TestPorts.Take()}");
        var answer = await _gateway.CallAsync(LocalGateway.Set(Usual, closed, Bb));
        Assert.Equal((200, "a#1 Unsent, a#2 Unsent, bb#3 Finished"), (answer.Status, _gateway.Story()));
    }

    [Fact]
    public async Task Last_error_goes_to_the_caller_in_its_providers_own_words()
    {
        Providers.Script("a", "500");
        Providers.Script("bb", "429 3");
        var answer = await _gateway.CallAsync(LocalGateway.Set(Usual, A, Bb));
        Assert.Equal((429, "3", "bb/m-bb"), (answer.Status, answer.Headers.RetryAfter.ToString(), answer.Headers["X-KT-Target"].ToString()));
        Assert.Equal("bb says no", (string)JsonNode.Parse(answer.Body)!["error"]!["message"]!);
    }

    [Fact]
    public async Task Retry_after_up_to_two_seconds_is_kept_to()
    {
        Providers.Script("a", "429 1");
        var began = TimeProvider.System.GetTimestamp();
        var answer = await _gateway.CallAsync(LocalGateway.Set(Usual with { RetryOn = FailureKinds.RateLimit }, A));
        Assert.Equal((200, "a#1 Finished, a#2 Finished"), (answer.Status, _gateway.Story()));
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromSeconds(0.95)); // A timer may be some milliseconds early by another clock.
    }

    [Fact]
    public async Task Field_that_may_be_billed_beyond_the_bound_goes_only_where_the_policy_allows_it()
    {
        const string body = """{"model":"m","messages":[],"max_tokens":100,"enable_search":true}""";
        var allowing = Bb with { AllowedFields = FrozenSet.Create("enable_search") };
        Assert.Equal(200, (await _gateway.CallAsync(LocalGateway.Set(Usual, A, allowing), body: body)).Status);
        var refused = await _gateway.CallAsync(LocalGateway.Set(Usual, A, Ccc), body: body);
        Assert.Equal((400, "bb#1 Finished"), (refused.Status, _gateway.Story()));
        Assert.Contains("allow_fields: [enable_search]", refused.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("running", "a#1 Finished", 110)]
    [InlineData("running cut", "a#1 LeasedUnknown", 0)]
    public async Task Usage_so_far_is_none_when_the_stream_is_cut(string a, string story, long cost)
    {
        Providers.Script("a", a);
        await _gateway.CallAsync(LocalGateway.Set(Usual, A), stream: true);
        Assert.Equal(story, _gateway.Story());
        var end = _gateway.Attempts()[0];
        Assert.Equal(cost > 0 ? cost : end.Intent.AmountNanos, end.Last.AmountNanos);
    }

    [Theory]
    // The cap is 100 and the model's own maximum 16,384: what only the total says is believed up to that.
    [InlineData("total 16484", "a#1 Finished", 16484)]
    [InlineData("total 16485", "a#1 LeasedUnknown", 0)]
    public async Task A_total_is_believed_within_what_the_model_can_do(string a, string story, long cost)
    {
        Providers.Script("a", a);
        Assert.Equal(200, (await _gateway.CallAsync(LocalGateway.Set(Usual, A))).Status);
        Assert.Equal(story, _gateway.Story());
        var end = _gateway.Attempts()[0];
        Assert.Equal(cost > 0 ? cost : end.Intent.AmountNanos, end.Last.AmountNanos);
    }

    [Fact]
    public async Task Usage_that_comes_unasked_is_known_and_a_server_that_takes_no_question_is_asked_none()
    {
        Providers.Script("a", "strict", "strict", "stream");
        const string asked = """{"model":"m","messages":[],"stream_options":{"include_usage":true},"max_tokens":100}""";
        var refused = await _gateway.CallAsync(LocalGateway.Set(Usual, A), stream: true, body: asked);
        Assert.Equal(422, refused.Status);
        Assert.Contains("stream_options", refused.Body, StringComparison.Ordinal);
        foreach (var body in new[] { asked, null })
        {
            Assert.Equal(200, (await _gateway.CallAsync(LocalGateway.Set(Usual, A with { TellsUsageUnasked = true }), stream: true, body: body)).Status);
        }

        // The last tells it in a chunk of its own.
        Assert.Equal([0L, 110, 110], _gateway.Attempts().Select(attempt => attempt.Last.AmountNanos));
    }

    [Fact]
    public async Task Attempt_has_its_end_whatever_fails_in_the_gateway_while_the_answer_passes()
    {
        Providers.Script("a", "stream");
        await Assert.ThrowsAsync<NotSupportedException>(() => _gateway.CallAsync(LocalGateway.Set(Usual, A), stream: true, answer: new Unwritable()));
        Assert.Equal("a#1 LeasedUnknown", _gateway.Story());
        Assert.Equal("gateway failed while the provider answered", _gateway.Attempts()[0].Last.Text);
        Assert.Equal(0, _gateway.Board.Of(A).Look().OpenAttempts);
    }

    [Fact]
    public async Task Stream_that_has_begun_is_never_begun_again()
    {
        Providers.Script("a", "cut");
        var answer = await _gateway.CallAsync(LocalGateway.Set(Usual with { FallbackOn = (FailureKinds)63, RetryOn = (FailureKinds)63 }, A, Bb), stream: true);
        Assert.Equal("a#1 LeasedUnknown", _gateway.Story());
        Assert.Contains("\"content\":\"h\"", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_attempt_says_what_it_repeats_why_it_was_made_and_what_it_cost_above_the_first_choice()
    {
        Providers.Script("a", "500");
        await _gateway.CallAsync(LocalGateway.Set(Usual, A, Ccc), lane: "economy", ownRoute: LocalGateway.Set(Usual, Bb));
        var (first, second) = (_gateway.Attempts()[0].Last.Event!, _gateway.Attempts()[1].Last.Event!);
        Assert.Equal(("", false, "first in order", "policy@7", Outcome.Failed), (first.RetryOf, first.Fallback, first.RouteReason, first.RoutePolicy, first.Outcome));
        Assert.Equal(
            (first.AttemptId, true, "fallback: a/m-a answered 500", first.CallId, 2),
            (second.RetryOf, second.Fallback, second.RouteReason, second.CallId, second.AttemptNumber));
        Assert.Equal((110, 220, 330), (second.PrimaryCostNanos, second.DefaultCostNanos, _gateway.Attempts()[1].Last.AmountNanos));
        Assert.False(first.HasPrimaryCostNanos || first.HasDefaultCostNanos);
    }

    [Theory]
    [InlineData(1_000_000_000, "LeasedUnknown")]
    [InlineData(6_000, "Unknown")]
    public async Task Headers_of_an_answer_after_a_fallback_say_what_the_record_and_the_wallet_say(long funds, string unknown)
    {
        await using var gateway = new LocalGateway(funds);
        Providers.Script("a", "reset");
        Providers.Script("bb", "500");
        var answer = await gateway.CallAsync(LocalGateway.Set(Usual with { FallbackOn = (FailureKinds)63 }, A, Bb, Ccc));
        var last = gateway.Attempts()[^1].Last;
        Assert.Equal($"a#1 {unknown}, bb#2 Finished, ccc#3 Finished", gateway.Story());
        Assert.Equal((last.AttemptId.ToString(), "3", "ccc/m-ccc"), (Said("X-KT-Attempt-Id"), Said("X-KT-Attempts"), Said("X-KT-Target")));
        Assert.Equal((330, new Money(330).ToString()), (last.AmountNanos, Said("X-KT-Cost")));

        // Of a lease, what the wallet had when it was last asked; of a hold, what it has with that set aside.
        Assert.Equal(new Money(unknown == "Unknown" ? gateway.Wallet.Available : funds).ToString(), Said("X-KT-Wallet-Remaining"));

        string Said(string name) => answer.Headers[name].ToString();
    }

    [Fact]
    public async Task Money_of_all_attempts_adds_up()
    {
        Providers.Script("a", "reset", "500", "ok");
        Providers.Script("bb", "reset", "ok");
        for (var i = 0; i < 3; i++)
        {
            await _gateway.CallAsync(LocalGateway.Set(Usual with { FallbackOn = (FailureKinds)63 }, A, Bb));
        }

        var attempts = _gateway.Attempts();
        var drawn = attempts.Sum(attempt => attempt.Last.DrawnNanos);
        Assert.Equal(5, attempts.Count);
        Assert.Equal(drawn, attempts.Where(attempt => attempt.Last.Kind == JournalKind.LeasedUnknown).Sum(attempt => attempt.Intent.AmountNanos) + 220 + 110);
        var lease = Assert.Single(_gateway.Wallet.Leases);
        Assert.Equal(lease.Granted, 1_000_000_000 - _gateway.Wallet.Available);
    }

    [Fact]
    public async Task Refusal_of_the_wallet_ends_the_call()
    {
        await using var poor = new LocalGateway(funds: 700);
        Providers.Script("a", "500");
        var answer = await poor.CallAsync(LocalGateway.Set(Usual, A, Bb, A with { Name = "a/other" }));
        Assert.Equal((402, "a#1 Finished, bb#2 Refused"), (answer.Status, poor.Story()));
        Assert.Single(Providers.Calls);
    }

    [Fact]
    public async Task Target_that_keeps_failing_is_left_alone_and_its_next_one_serves_first()
    {
        await using var gateway = new LocalGateway(breaker: new BreakerOptions { ConsecutiveFailures = 2 });
        Providers.Script("a", "500", "500");
        var set = LocalGateway.Set(Usual, A, Bb);
        await gateway.CallAsync(set);
        await gateway.CallAsync(set);
        var answer = await gateway.CallAsync(set);
        Assert.Equal((200, "1"), (answer.Status, answer.Headers["X-KT-Attempts"].ToString()));
        var last = gateway.Attempts()[^1].Last.Event!;
        Assert.Equal(("fallback: a/m-a is left alone for a while", true, 110), (last.RouteReason, last.Fallback, last.PrimaryCostNanos));
        Assert.Equal(BreakerState.Open, gateway.Board.Of(set.Targets[0].Target).Stand().State);
    }

    [Fact]
    public async Task Call_whose_only_target_is_left_alone_costs_nothing_and_hears_when_to_come_back()
    {
        await using var gateway = new LocalGateway(breaker: new BreakerOptions { ConsecutiveFailures = 1, CoolDownSeconds = 30 });
        Providers.Script("a", "500");
        await gateway.CallAsync(LocalGateway.Set(Usual, A));
        var answer = await gateway.CallAsync(LocalGateway.Set(Usual, A));
        Assert.Equal((503, "30", "a#1 Finished"), (answer.Status, answer.Headers.RetryAfter.ToString(), gateway.Story()));
    }

    [Fact]
    public async Task Target_that_was_rate_limited_rests_while_another_can_serve()
    {
        Providers.Script("a", "429 30");
        var set = LocalGateway.Set(Usual, A, Bb);
        await _gateway.CallAsync(set);
        await _gateway.CallAsync(set);
        Assert.Equal("a#1 Finished, bb#2 Finished, bb#1 Finished", _gateway.Story());
        Providers.Script("bb", "500");
        await _gateway.CallAsync(set);
        Assert.EndsWith("bb#1 Finished, a#2 Finished", _gateway.Story(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retries_do_not_multiply_an_outage()
    {
        await using var gateway = new LocalGateway(breaker: new BreakerOptions { ConsecutiveFailures = 1000, MinimumAttempts = 1000 });
        Providers.Script("a", [.. Enumerable.Repeat("500", 1000)]);
        var set = LocalGateway.Set(Usual with { RetryOn = FailureKinds.ServerError, MaxAttempts = 10, BudgetPercent = 10 }, A);
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(500, (await gateway.CallAsync(set)).Status);
        }

        Assert.InRange(Providers.Calls.Count, 51, 50 + 10 + 5);
    }

    [Fact]
    public async Task Concurrent_calls_over_failing_targets_each_end_once_and_the_money_adds_up()
    {
        Providers.Script("a", [.. Enumerable.Range(0, 200).Select(i => (i % 5) switch { 0 => "500", 1 => "reset", 2 => "429", 3 => "502", _ => "ok" })]);
        Providers.Script("bb", [.. Enumerable.Range(0, 200).Select(i => (i % 3) switch { 0 => "503", 1 => "reset", _ => "ok" })]);
        var set = LocalGateway.Set(Usual with { FallbackOn = (FailureKinds)63, BudgetPercent = 100 }, A, Bb, Ccc) with { Strategy = Strategy.LeastLoaded };
        await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, async (_, _) => await _gateway.CallAsync(set));
        var attempts = _gateway.Attempts();
        Assert.All(attempts, attempt => Assert.Contains(attempt.Last.Kind, new[] { JournalKind.Finished, JournalKind.LeasedUnknown, JournalKind.Unsent }));
        Assert.Equal(Providers.Calls.Count, attempts.Count(attempt => attempt.Last.Kind != JournalKind.Unsent));
        Assert.Equal(200, attempts.Select(attempt => attempt.Intent.Event!.CallId).Distinct().Count());
        Assert.Equal(0, attempts.Count(attempt => set.Targets.Sum(target => _gateway.Board.Of(target.Target).Look().OpenAttempts) != 0));
    }

    private sealed class Unwritable : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException("The server refuses what it is to send.");
    }
}
