using Platform.Contracts.Metering.V1;
using Platform.Routing.Calls;
using Platform.Routing.Health;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Calls;

/// <summary>Errors under the status of a success, of plain answers. A token costs as many nanos as its provider's name has letters.</summary>
public sealed class AnsweredErrorTests() : GatewayTest(new LocalGateway(breaker: new BreakerOptions { ConsecutiveFailures = 2, CoolDownSeconds = 60 }))
{
    private const FailureKinds Some = FailureKinds.RateLimit | FailureKinds.ServerError | FailureKinds.Misconfigured;

    [Theory]
    // What a says → every attempt with its end in the journal.
    [InlineData("""{"error":{"code":429,"message":"slow"}}""", "a#1 LeasedUnknown, bb#2 Finished")]
    [InlineData("""{"error":{"code":503,"message":"nobody"}}""", "a#1 LeasedUnknown, bb#2 Finished")]
    [InlineData("""{"error":{"code":401,"message":"key"}}""", "a#1 LeasedUnknown, bb#2 Finished")]
    [InlineData("""{"error":{"code":402,"message":"credit"}}""", "a#1 LeasedUnknown, bb#2 Finished")]
    [InlineData("""{"error":{"code":500,"message":"sorry"},"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":10}}""", "a#1 Finished, bb#2 Finished")]
    [InlineData("""{"error":{"code":500,"message":"sorry"},"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}""", "a#1 LeasedUnknown, bb#2 Finished")]
    [InlineData("""{"error":{"code":502,"message":"gone"}}""", "a#1 LeasedUnknown")]
    [InlineData("""{"error":{"code":400,"message":"bad"}}""", "a#1 LeasedUnknown")]
    [InlineData("""{"error":{"code":500,"message":"cut"},"choices":[{"message":{"content":"h"}}],"usage":{"prompt_tokens":100,"completion_tokens":10}}""", "a#1 Finished")]
    public async Task It_is_of_the_kind_that_its_code_says_and_goes_on_as_that(string said, string story)
    {
        var answer = await CallAsync(said, Some);
        Assert.Equal((200, story), (answer.Status, Gateway.Story()));
        Assert.Contains(story.Contains("bb", StringComparison.Ordinal) ? "\"id\":\"bb\"" : said, answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_used_is_billed_where_it_says_so_and_else_its_bound_waits()
    {
        var told = await CallAsync("""{"error":{"code":500,"message":"sorry"},"usage":{"prompt_tokens":100,"completion_tokens":10}}""", FailureKinds.None);
        var first = Gateway.Attempts()[0].Last;
        Assert.Equal((110L, Outcome.Failed, "0.00000011"), (first.AmountNanos, first.Event!.Outcome, told.Cost));
        var untold = await CallAsync("""{"error":{"code":500,"message":"sorry"}}""", FailureKinds.None);
        var second = Gateway.Attempts()[1];
        Assert.Equal((second.Intent.AmountNanos, ""), (second.Last.AmountNanos, untold.Cost));
    }

    [Theory]
    [InlineData(0, "a#1 LeasedUnknown")]
    [InlineData(100, "a#1 Finished")]
    public async Task Stream_that_says_an_error_behind_its_first_token_proves_its_bill_by_tokens_alone(int input, string story)
    {
        Providers.Script("a", $$$"""events {"choices":[{"delta":{"content":"h"}}]}|{"error":{"message":"sorry"}}|{"choices":[],"usage":{"prompt_tokens":{{{input}}},"completion_tokens":0}}""");
        var policy = new RouteFailover(FailureKinds.None, FailureKinds.None, 1, 20, TimeSpan.FromMilliseconds(1));
        await Gateway.CallAsync(LocalGateway.Set(policy, LocalGateway.Target("a", Providers.AddressOf("a"))), stream: true);
        Assert.Equal(story, Gateway.Story());
    }

    [Fact]
    public async Task It_counts_against_its_target_as_any_failure_does()
    {
        for (var call = 0; call < 2; call++)
        {
            await CallAsync("""{"error":{"code":503,"message":"nobody"}}""", FailureKinds.None);
        }

        Assert.Equal(503, (await CallAsync("{}", FailureKinds.None)).Status);
        Assert.Equal(2, Providers.Calls.Count);
    }

    [Fact]
    public async Task Refusal_of_the_gateway_s_key_is_not_told_in_the_provider_s_words()
    {
        var answer = await CallAsync("""{"error":{"code":401,"message":"sk-1234"}}""", FailureKinds.None);
        Assert.Equal(502, answer.Status);
        Assert.DoesNotContain("sk-1234", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    // The status that the error means → the gateway's own, which stands in its place.
    [InlineData(401, 502)]
    [InlineData(402, 503)]
    [InlineData(403, 502)]
    public async Task What_it_cost_is_told_beside_the_gateway_s_own_words_too(int status, int told)
    {
        var answer = await CallAsync($$$"""{"error":{"code":{{{status}}},"message":"no"},"usage":{"prompt_tokens":100,"completion_tokens":10}}""", FailureKinds.None);
        Assert.Equal((told, "0.00000011", 110L), (answer.Status, answer.Cost, Gateway.Attempts()[0].Last.AmountNanos));
        Assert.DoesNotContain("Nothing was charged", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_that_says_an_error_and_its_usage_instead_of_a_first_token_tells_what_it_cost()
    {
        Providers.Script("a", """events {"error":{"message":"sorry"},"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":10}}""");
        var policy = new RouteFailover(FailureKinds.None, FailureKinds.None, 1, 20, TimeSpan.FromMilliseconds(1));
        var answer = await Gateway.CallAsync(LocalGateway.Set(policy, LocalGateway.Target("a", Providers.AddressOf("a"))), stream: true);
        Assert.Equal((110L, "0.00000011"), (Gateway.Attempts()[0].Last.AmountNanos, answer.Headers["X-KT-Cost"].ToString()));
    }

    private async Task<(int Status, string Body, string Cost)> CallAsync(string said, FailureKinds fallbackOn)
    {
        Providers.Script("a", "said " + said);
        var policy = new RouteFailover(FailureKinds.None, fallbackOn, 3, 20, TimeSpan.FromMilliseconds(1));
        string[] names = fallbackOn == FailureKinds.None ? ["a"] : ["a", "bb"];
        var answer = await Gateway.CallAsync(LocalGateway.Set(policy, [.. names.Select(name => LocalGateway.Target(name, Providers.AddressOf(name)))]));
        return (answer.Status, answer.Body, answer.Headers["X-KT-Cost"].ToString());
    }
}
