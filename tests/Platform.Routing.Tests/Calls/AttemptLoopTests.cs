using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Routing.Calls;
using Platform.Routing.Health;
using Platform.Routing.Policies;
using Platform.Testing;

namespace Platform.Routing.Tests.Calls;

/// <summary>Attempts that follow one another.</summary>
public sealed class AttemptLoopTests : AttemptTest
{
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
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual, A, Bb, Ccc));
        Assert.Equal((status, story), (answer.Status, Gateway.Story()));
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
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual with { MaxAttempts = 2 }, A, last));
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
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual with { FallbackOn = Enum.Parse<FailureKinds>(kind) }, A, Bb), stream: a == "empty");
        Assert.Equal((200, story), (answer.Status, Gateway.Story()));
    }

    [Fact]
    public async Task Provider_speaks_in_no_header_of_theGateway_s()
    {
        Providers.Script("a", "boast");
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual, A));
        Assert.Equal((200, "theirs"), (answer.Status, answer.Headers["X-Request-Id"].ToString()));
        Assert.DoesNotContain(answer.Headers, header => header.Key is "X-KT-Mark" or "x-kt-anything" or "Refresh");
    }

    [Fact]
    public async Task Stream_that_says_an_error_before_its_first_token_goes_on_to_the_next_target()
    {
        Providers.Script("a", "stream-error");
        Providers.Script("bb", "stream");
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual with { FallbackOn = FailureKinds.StreamError }, A, Bb), stream: true);
        Assert.Equal((200, "a#1 LeasedUnknown, bb#2 Finished", "bb/m-bb"), (answer.Status, Gateway.Story(), answer.Headers["X-KT-Target"].ToString()));
        Assert.Equal("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"h\"}}]}\n\ndata: [DONE]\n\n", answer.Body);
    }

    [Fact]
    public async Task Stream_that_says_an_error_is_passed_on_as_it_came_when_nobody_else_is_asked()
    {
        Providers.Script("a", "stream-error");
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual, A, Bb), stream: true);
        Assert.Equal((200, "a#1 LeasedUnknown", "text/event-stream"), (answer.Status, Gateway.Story(), answer.Headers.ContentType.ToString()));
        Assert.Contains("\"role\":\"assistant\"", answer.Body, StringComparison.Ordinal);
        Assert.EndsWith("data: {\"error\":{\"message\":\"a is overloaded\"}}\n\n", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Target_that_cannot_be_reached_is_tried_again_and_then_left()
    {
        var closed = LocalGateway.Target("a", $"http://127.0.0.1:{TestPorts.Take()}");
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual, closed, Bb));
        Assert.Equal((200, "a#1 Unsent, a#1 Unsent, bb#1 Finished", "1"), (answer.Status, Gateway.Story(), answer.Headers["X-KT-Attempts"].ToString()));
    }

    [Theory]
    // What a says under the status of a success; and what of it is told in the error.
    [InlineData("said <html><body>Sign_in</body></html>", "answered 200 with what is no JSON")]
    [InlineData("said OK", "answered 200 with what is no JSON")]
    [InlineData("nothing 200", "answered 200 with nothing")]
    [InlineData("nothing 204", "answered 204 with nothing")]
    [InlineData("packed torn", "broke off its answer")]
    public async Task Success_by_its_status_alone_is_no_answer_and_may_be_billed(string says, string told)
    {
        Providers.Script("a", says);
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual, A, Bb));
        Assert.Equal((502, "a#1 LeasedUnknown", "false"), (answer.Status, Gateway.Story(), answer.Headers["x-should-retry"].ToString()));
        Assert.Contains(told, answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Sign_in", answer.Body, StringComparison.Ordinal);

        // As any broken answer it goes on where the policy says so.
        Providers.Script("a", says);
        Assert.Equal(200, (await Gateway.CallAsync(LocalGateway.Set(Usual with { FallbackOn = FailureKinds.Timeout }, A, Bb))).Status);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Answer_that_is_packed_unasked_is_unpacked_and_its_usage_known(string coding)
    {
        Providers.Script("a", $"packed {coding}");
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual, A));
        Assert.Equal((200, "a#1 Finished", ""), (answer.Status, Gateway.Story(), answer.Headers.ContentEncoding.ToString()));
        Assert.Equal("""{"choices":[{"message":{"content":"packed"}}],"usage":{"prompt_tokens":100,"completion_tokens":10}}""", answer.Body);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Answer_whose_packing_ends_early_has_broken_off(string coding)
    {
        Providers.Script("a", $"shorn {coding}");
        Assert.Equal((502, "a#1 LeasedUnknown"), ((await Gateway.CallAsync(LocalGateway.Set(Usual, A))).Status, Gateway.Story()));
    }

    [Fact]
    public async Task Answer_that_is_unpacked_to_more_than_is_taken_is_refused()
    {
        await using var gateway = new LocalGateway(gateway: new GatewayOptions { MaxAnswerBytes = 4_096 });
        Providers.Script("a", "packed gzip 100000");
        Assert.Equal((413, "a#1 LeasedUnknown"), ((await gateway.CallAsync(LocalGateway.Set(Usual, A))).Status, gateway.Story()));
    }

    [Fact]
    public async Task Answer_packed_in_an_unknown_way_is_its_callers_to_unpack()
    {
        Providers.Script("a", "packed zstd");
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual, A));
        Assert.Equal((200, "a#1 LeasedUnknown", "zstd"), (answer.Status, Gateway.Story(), answer.Headers.ContentEncoding.ToString()));
    }

    /// <summary>Whoever looks an attempt up by what repeats it, or by a number that is missing, would look for a record that there never was.</summary>
    [Fact]
    public async Task Records_count_and_repeat_only_what_was_sent()
    {
        Providers.Script("a", "500");
        var closed = LocalGateway.Target("bb", $"http://127.0.0.1:{TestPorts.Take()}");
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual with { RetryOn = FailureKinds.None, MaxAttempts = 4 }, A, closed, Ccc));
        Assert.Equal((200, "a#1 Finished, bb#2 Unsent, ccc#2 Finished"), (answer.Status, Gateway.Story()));
        var attempts = Gateway.Attempts();
        Assert.Equal(attempts[0].Last.Event!.AttemptId, attempts[^1].Last.Event!.RetryOf);

        // No number is not one id: each was funded on its own.
        Assert.Equal(3, attempts.Select(attempt => attempt.Intent.AttemptId).Distinct().Count());
    }

    [Fact]
    public async Task Last_error_goes_to_the_caller_in_its_providers_own_words()
    {
        Providers.Script("a", "500");
        Providers.Script("bb", "429 3");
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual, A, Bb));
        Assert.Equal((429, "3", "bb/m-bb"), (answer.Status, answer.Headers.RetryAfter.ToString(), answer.Headers["X-KT-Target"].ToString()));
        Assert.Equal("bb says no", (string)JsonNode.Parse(answer.Body)!["error"]!["message"]!);
    }

    [Fact]
    public async Task Retry_after_up_to_two_seconds_is_kept_to()
    {
        Providers.Script("a", "429 1");
        var began = TimeProvider.System.GetTimestamp();
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual with { RetryOn = FailureKinds.RateLimit }, A));
        Assert.Equal((200, "a#1 Finished, a#2 Finished"), (answer.Status, Gateway.Story()));
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromSeconds(0.95)); // A timer may be some milliseconds early by another clock.
    }

    [Fact]
    public async Task Field_that_may_be_billed_beyond_the_bound_goes_only_where_the_policy_allows_it()
    {
        const string body = """{"model":"m","messages":[],"max_tokens":100,"enable_search":true}""";
        var allowing = Bb with { AllowedFields = FrozenSet.Create("enable_search") };
        Assert.Equal(200, (await Gateway.CallAsync(LocalGateway.Set(Usual, A, allowing), body: body)).Status);
        var refused = await Gateway.CallAsync(LocalGateway.Set(Usual, A, Ccc), body: body);
        Assert.Equal((400, "bb#1 Finished"), (refused.Status, Gateway.Story()));
        Assert.Contains("allow_fields: [enable_search]", refused.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_that_has_begun_is_never_begun_again()
    {
        Providers.Script("a", "cut");
        var answer = await Gateway.CallAsync(LocalGateway.Set(Usual with { FallbackOn = (FailureKinds)63, RetryOn = (FailureKinds)63 }, A, Bb), stream: true);
        Assert.Equal("a#1 LeasedUnknown", Gateway.Story());
        Assert.Contains("\"content\":\"h\"", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_attempt_says_what_it_repeats_why_it_was_made_and_what_it_cost_above_the_first_choice()
    {
        Providers.Script("a", "500");
        await Gateway.CallAsync(LocalGateway.Set(Usual, A, Ccc), lane: "economy", ownRoute: LocalGateway.Set(Usual, Bb));
        var (first, second) = (Gateway.Attempts()[0].Last.Event!, Gateway.Attempts()[1].Last.Event!);
        Assert.Equal(("", false, "first in order", "policy@7", Outcome.Failed), (first.RetryOf, first.Fallback, first.RouteReason, first.RoutePolicy, first.Outcome));
        Assert.Equal(
            (first.AttemptId, true, "fallback: a/m-a answered 500", first.CallId, 2),
            (second.RetryOf, second.Fallback, second.RouteReason, second.CallId, second.AttemptNumber));
        Assert.Equal((110, 220, 330), (second.PrimaryCostNanos, second.DefaultCostNanos, Gateway.Attempts()[1].Last.AmountNanos));
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
    public async Task Refusal_of_the_wallet_ends_the_call()
    {
        await using var poor = new LocalGateway(funds: 700);
        Providers.Script("a", "500");
        var answer = await poor.CallAsync(LocalGateway.Set(Usual, A, Bb, A with { Name = "a/other" }));
        Assert.Equal((402, "a#1 Finished, bb#2 Refused"), (answer.Status, poor.Story()));
        Assert.Single(Providers.Calls);
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
}
