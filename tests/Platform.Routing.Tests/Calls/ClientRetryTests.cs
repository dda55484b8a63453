using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Calls;

/// <summary>Which failures client libraries are told not to repeat by themselves.</summary>
public sealed class ClientRetryTests : AttemptTest
{
    [Theory]
    // What may be billed.
    [InlineData("reset", false, "false")]
    [InlineData("hang", false, "false")]
    [InlineData("page 503", false, "false")]
    [InlineData("stream-error", true, "false")]
    [InlineData("""said {"error":{"code":500,"message":"sorry"}}""", false, "false")]
    // What is not, by the provider's own word.
    [InlineData("500", false, "")]
    [InlineData("429", false, "")]
    [InlineData("400", false, "")]
    // And answers.
    [InlineData("ok", false, "")]
    [InlineData("stream", true, "")]
    public async Task A_failure_that_may_be_billed_is_repeated_by_nobody_who_is_not_asked(string script, bool stream, string told)
    {
        Providers.Script("a", script);
        var answer = await Gateway.CallAsync(LocalGateway.Set(Once, A), stream);
        Assert.Equal(told, answer.Headers["x-should-retry"].ToString());
    }

    [Theory]
    [InlineData(nameof(FailureKinds.ServerError), "")]
    [InlineData(nameof(FailureKinds.RateLimit), "false")]
    public async Task A_failure_after_which_the_policy_goes_on_may_be_repeated(string goesOnAfter, string told)
    {
        Providers.Script("a", "page 503");
        var answer = await Gateway.CallAsync(LocalGateway.Set(Once with { FallbackOn = Enum.Parse<FailureKinds>(goesOnAfter) }, A));
        Assert.Equal((503, told), (answer.Status, answer.Headers["x-should-retry"].ToString()));
    }
}
