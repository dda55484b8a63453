using Platform.IntegrationTests;

namespace Platform.SdkTests;

/// <summary>
/// The official libraries of npm, used as their own documentation uses them. The cases are in <c>node/*.mjs</c>, one script a library; each is a test here.
/// </summary>
[Collection(SdkPlatformCollection.Name)]
public sealed class NodeLibraryTests(SdkPlatform sdks)
{
    private static readonly string[] OfOpenAi =
    [
        "chat", "stream", "stream_with_usage", "tools", "tools_streamed", "structured_output", "logprobs", "image", "embeddings",
        "response", "response_streamed", "response_with_tools", "response_with_structured_output", "response_with_an_image",
        "response_goes_on_from_another_where_the_context_window_is_known", "response_is_not_read_again",
        "response_with_a_tool_of_the_provider_is_a_bad_request",
        "response_that_the_wallet_cannot_pay_is_not_retried", "response_that_fails_in_its_middle_ends_with_its_error", "models",
        "abort_of_a_stream", "unknown_key_is_an_authentication_error", "empty_wallet_is_an_error_that_is_not_retried",
        "empty_wallet_ends_a_stream_before_it_begins", "forbidden_model_is_a_permission_error", "unknown_model_is_a_not_found_error",
        "content_without_a_bound_is_a_bad_request", "model_of_another_route_is_a_bad_request", "rate_limit_is_its_own_error",
        "rate_limit_is_retried", "provider_down_is_a_server_error", "failure_that_may_be_billed_is_not_retried", "stream_that_is_cut_fails_rather_than_looking_whole",
    ];

    private static readonly string[] OfAnthropic =
    [
        "message", "count_of_tokens", "stream", "bearer_token", "tools", "tool_runner_of_the_beta", "tools_streamed", "structured_output", "image", "prompt_caching",
        "models", "abort_of_a_stream", "unknown_key_is_an_authentication_error", "empty_wallet_is_an_error_that_is_not_retried",
        "forbidden_model_is_a_permission_error", "unknown_model_is_a_not_found_error", "tool_that_is_billed_apart_is_a_bad_request",
        "request_too_large_is_its_own_error", "rate_limit_is_its_own_error", "rate_limit_is_retried", "overloaded_provider_is_a_server_error",
        "failure_that_may_be_billed_is_not_retried", "error_within_a_stream_is_raised",
    ];

    private static readonly string[] OfVercel =
    [
        "openai_text", "openai_stream", "openai_tools", "openai_structured_output", "openai_abort_of_a_stream", "openai_empty_wallet_is_not_retried",
        "openai_rate_limit_is_retried", "openai_unknown_key_is_refused", "anthropic_text", "anthropic_stream", "anthropic_tools",
        "anthropic_structured_output", "anthropic_abort_of_a_stream", "anthropic_empty_wallet_is_not_retried", "anthropic_rate_limit_is_retried",
        "anthropic_unknown_key_is_refused",
        "responses_text", "responses_stream", "responses_tools", "responses_structured_output",
        "responses_abort_of_a_stream", "responses_empty_wallet_is_not_retried", "responses_rate_limit_is_retried", "responses_unknown_key_is_refused", "openai_embeddings",
    ];

    public static TheoryData<string> OpenAiCases => [.. OfOpenAi];

    public static TheoryData<string> AnthropicCases => [.. OfAnthropic];

    public static TheoryData<string> VercelCases => [.. OfVercel];

    [Theory]
    [MemberData(nameof(OpenAiCases))]
    public Task OpenAi_library(string feature) => AssertAsync("openai.mjs", feature);

    [Theory]
    [MemberData(nameof(AnthropicCases))]
    public Task Anthropic_library(string feature) => AssertAsync("anthropic.mjs", feature);

    [Theory]
    [MemberData(nameof(VercelCases))]
    public Task Vercel_library(string feature) => AssertAsync("ai.mjs", feature);

    [Fact]
    public async Task Every_case_of_the_scripts_is_a_test_and_their_calls_are_billed_metered_posted_and_exported_alike()
    {
        Assert.Equal(OfOpenAi, (await sdks.ResultsOf("openai.mjs")).Keys);
        Assert.Equal(OfAnthropic, (await sdks.ResultsOf("anthropic.mjs")).Keys);
        Assert.Equal(OfVercel, (await sdks.ResultsOf("ai.mjs")).Keys);
        // Two streams of OpenAI's library and one of Anthropic's end without a usage.
        await Suspense.SettleAsync(sdks.Platform, TestContext.Current.CancellationToken, atLeast: 3);
        await Reconciliation.AssertEqualAsync(sdks.Platform, TestContext.Current.CancellationToken);
    }

    private async Task AssertAsync(string script, string feature)
    {
        var results = await sdks.ResultsOf(script);
        Assert.True(results.TryGetValue(feature, out var error), $"{script} has no case '{feature}'.");
        Assert.True(error is null, error);
    }
}
