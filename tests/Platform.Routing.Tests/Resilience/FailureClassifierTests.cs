using System.Text;
using CsCheck;
using Platform.Routing.Resilience;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Resilience;

public sealed class FailureClassifierTests
{
    [Theory]
    [InlineData(429, "", nameof(FailureKinds.RateLimit))]
    [InlineData(498, """{"error":{"message":"capacity exceeded","type":"capacity_exceeded"}}""", nameof(FailureKinds.RateLimit))]
    [InlineData(408, "", nameof(FailureKinds.Timeout))]
    [InlineData(502, "", nameof(FailureKinds.Timeout))]
    [InlineData(504, "", nameof(FailureKinds.Timeout))]
    [InlineData(499, "", nameof(FailureKinds.Timeout))]
    [InlineData(524, "", nameof(FailureKinds.Timeout))]
    [InlineData(500, "", nameof(FailureKinds.ServerError))]
    [InlineData(503, "nonsense", nameof(FailureKinds.ServerError))]
    [InlineData(529, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""", nameof(FailureKinds.ServerError))]
    [InlineData(407, "", nameof(FailureKinds.Misconfigured))]
    [InlineData(308, "", nameof(FailureKinds.Misconfigured))]
    [InlineData(302, """{"error":{"message":"moved"}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(402, "", nameof(FailureKinds.Misconfigured))]
    [InlineData(402, """{"error":{"message":"Insufficient Balance","type":"unknown_error","code":"invalid_request_error"}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(429, """{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","code":"insufficient_quota"}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(429, """{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","code":429,"status":"RESOURCE_EXHAUSTED"}}""", nameof(FailureKinds.RateLimit))]
    [InlineData(400, """{"error":{"message":"Billing hard limit has been reached","type":"invalid_request_error","code":"billing_hard_limit_reached"}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(400, """{"error":{"message":"content: 'Your credit balance is too low' is no list","code":null}}""", nameof(FailureKinds.None))]
    [InlineData(400, "", nameof(FailureKinds.None))]
    [InlineData(400, """{"error":{"message":"bad","type":"invalid_request_error","param":null,"code":null}}""", nameof(FailureKinds.None))]
    [InlineData(401, """{"error":{"code":"invalid_api_key"}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(401, "", nameof(FailureKinds.Misconfigured))]
    [InlineData(403, """{"error":{"message":"Country, region, or territory not supported","code":"unsupported_country_region_territory"}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(403, """{"error":{"message":"Your chosen model requires moderation and your input was flagged","code":403}}""", nameof(FailureKinds.ContentPolicy))]
    [InlineData(404, """{"error":{"code":"model_not_found"}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(404, """{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(404, """{"type":"error","error":{"type":"not_found_error","message":"model: claude-nobody"}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(404, """{"error":{"message":"The model `x` does not exist.","type":"NotFoundError","code":404}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(404, """{"type":"error","error":{"type":"not_found_error","message":"File not found: file_1"}}""", nameof(FailureKinds.None))]
    [InlineData(404, """{"type":"error","error":{"type":"not_found_error","message":"File not found: file_model"}}""", nameof(FailureKinds.None))]
    [InlineData(404, """{"error":{"message":"Conversation with id 'conv_model' not found.","type":"invalid_request_error","code":null}}""", nameof(FailureKinds.None))]
    [InlineData(404, """{"error":{"message":"model \"llama\" not found, try pulling it first","type":"not_found_error","code":null}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(404, """{"error":{"code":404,"message":"models/gemini-x is not found for API version v1main","status":"NOT_FOUND"}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(404, """{"error":{"message":"Model not found, inaccessible, and/or not deployed","code":"NOT_FOUND"}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(404, """{"error":{"code":404,"message":"Publisher Model `projects/p/locations/us/publishers/google/models/gemini-x` was not found or your project does not have access to it.","status":"NOT_FOUND"}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(404, """{"error":{"message":"litellm.NotFoundError: OpenAIException - The model `x` does not exist or you do not have access to it.. Received Model Group=x","type":null,"code":"404"}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(404, """{"error":{"message":"litellm.NotFoundError: NotFoundError: Hosted_vllmException - The model `x` does not exist.","type":null,"code":"404"}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(404, """{"error":{"message":"litellm.NotFoundError: OpenAIException - No such File object: x. OpenAIException - The model `x` does not exist","type":null,"code":"404"}}""", nameof(FailureKinds.None))]
    [InlineData(404, """{"error":{"message":"litellm.NotFoundError: File 'Exception - model x' not found","type":null,"code":"404"}}""", nameof(FailureKinds.None))]
    [InlineData(404, "<html>nothing here</html>", nameof(FailureKinds.Misconfigured))]
    [InlineData(400, """{"error":{"message":"This model's maximum context length is 128000 tokens.","type":"invalid_request_error","code":"context_length_exceeded"}}""", nameof(FailureKinds.ContextLength))]
    [InlineData(400, """{"error":{"message":"This model's maximum context length is 8192 tokens, however you requested 9000."}}""", nameof(FailureKinds.ContextLength))]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 215000 tokens > 200000 maximum"}}""", nameof(FailureKinds.ContextLength))]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000"}}""", nameof(FailureKinds.ContextLength))]
    [InlineData(413, """{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}""", nameof(FailureKinds.ContextLength))]
    [InlineData(413, "<html>", nameof(FailureKinds.ContextLength))]
    [InlineData(400, """{"error":{"code":"content_filter","message":"The response was filtered","innererror":{"code":"ResponsibleAIPolicyViolation"}}}""", nameof(FailureKinds.ContentPolicy))]
    [InlineData(400, """{"error":{"code":"content_policy_violation","message":"rejected"}}""", nameof(FailureKinds.ContentPolicy))]
    [InlineData(400, """{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}""", nameof(FailureKinds.ContentPolicy))]
    [InlineData(400, """{"error":{"code":"\ud800"}}""", nameof(FailureKinds.None))]
    [InlineData(400, """{"error":"context_length_exceeded"}""", nameof(FailureKinds.None))]
    public void Failure_is_classified_by_status_and_body(int status, string body, string kind) =>
        Assert.Equal(Enum.Parse<FailureKinds>(kind), FailureClassifier.Classify(status, ProviderError.Read(Encoding.UTF8.GetBytes(body))));

    [Theory]
    // Said by who runs the model: it refused, and bills nothing.
    [InlineData(500, """{"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}""", false)]
    [InlineData(503, """{"error":{"code":null,"message":"overloaded","type":""}}""", false)]
    [InlineData(529, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}""", false)]
    [InlineData(503, """[{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}]""", false)]
    [InlineData(500, """{"object":"error","message":"Internal","type":"InternalServerError","param":null,"code":500}""", false)]
    [InlineData(503, """{"code":"The service is currently unavailable","error":"Service temporarily unavailable."}""", false)]
    // Said by nobody who runs it, or not at all.
    [InlineData(500, "", true)]
    [InlineData(503, "<html>503 Service Temporarily Unavailable</html>", true)]
    [InlineData(503, "upstream connect error or disconnect/reset before headers. reset reason: connection termination", true)]
    [InlineData(503, """{"message":"Service Unavailable"}""", true)]
    [InlineData(500, """{"timestamp":"2026-06-10T12:00:00Z","status":500,"error":"Internal Server Error","path":"/v1"}""", true)]
    [InlineData(500, """{"statusCode":500,"message":"Internal server error","activityId":"a"}""", true)]
    [InlineData(500, """{"error":{}}""", true)]
    [InlineData(500, """{"error":{"message":"the mod""", true)]
    [InlineData(500, """{"error":{"message":"no answer in time","type":"timeout_error"}}""", true)]
    [InlineData(529, "", true)]
    // Said on the way, in whatever shape.
    [InlineData(408, """{"error":{"code":"Timeout","message":"The operation was timeout."}}""", true)]
    [InlineData(424, """{"error":"Request failed during generation","error_type":"generation"}""", true)]
    [InlineData(499, """{"error":{"code":499,"message":"The operation was cancelled.","status":"CANCELLED"}}""", true)]
    [InlineData(502, """{"error":{"message":"Bad gateway","code":502}}""", true)]
    [InlineData(504, """{"error":{"message":"Deadline expired","status":"DEADLINE_EXCEEDED"}}""", true)]
    [InlineData(520, "", true)]
    [InlineData(524, """{"error":{"message":"timed out"}}""", true)]
    [InlineData(527, "", true)]
    // A refusal of the request, whoever says it.
    [InlineData(400, "", false)]
    [InlineData(403, "<html>blocked</html>", false)]
    [InlineData(413, "", false)]
    [InlineData(429, "<html>slow down</html>", false)]
    [InlineData(498, "", false)]
    public void Only_a_refusal_and_the_providers_own_word_prove_that_nothing_is_billed(int status, string body, bool unknown) =>
        Assert.Equal(unknown, FailureClassifier.IsOutcomeUnknown(status, ProviderKind.Compatible, ProviderError.Read(Encoding.UTF8.GetBytes(body))));

    [Theory]
    // Azure bills what it has processed, whatever it then says.
    [InlineData(nameof(ProviderKind.AzureOpenAi), """{"error":{"message":"The response was filtered due to the prompt","type":null,"code":"content_filter","status":400}}""", true)]
    [InlineData(nameof(ProviderKind.AzureOpenAi), """{"error":{"message":"This model's maximum context length is 8192 tokens","type":"invalid_request_error","code":"context_length_exceeded"}}""", true)]
    [InlineData(nameof(ProviderKind.AzureOpenAi), """{"error":{"message":"Unsupported parameter","type":"invalid_request_error","code":"unsupported_parameter"}}""", false)]
    [InlineData(nameof(ProviderKind.OpenAi), """{"error":{"message":"filtered","code":"content_filter"}}""", false)]
    [InlineData(nameof(ProviderKind.OpenAi), """{"error":{"message":"This model's maximum context length is 8192 tokens","code":"context_length_exceeded"}}""", false)]
    // The error itself tells of output.
    [InlineData(nameof(ProviderKind.OpenAi), """{"error":{"message":"Could not finish the message because max_tokens or model output limit was reached.","type":"invalid_request_error","code":null}}""", true)]
    [InlineData(nameof(ProviderKind.Compatible), """{"error":{"message":"Failed to call a function.","code":"tool_use_failed","failed_generation":"<function=f>"}}""", true)]
    [InlineData(nameof(ProviderKind.Compatible), """{"error":{"message":"Tools should have a name","code":"tool_use_failed","failed_generation":null}}""", false)]
    [InlineData(nameof(ProviderKind.Anthropic), """{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}""", true)]
    [InlineData(nameof(ProviderKind.Anthropic), """{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: required"}}""", false)]
    public void Refusal_that_tells_of_work_done_does_not_prove_that_nothing_is_billed(string kind, string body, bool unknown) =>
        Assert.Equal(unknown, FailureClassifier.IsOutcomeUnknown(400, Enum.Parse<ProviderKind>(kind), ProviderError.Read(Encoding.UTF8.GetBytes(body))));

    [Fact]
    public void Any_bytes_are_classified_without_throwing() =>
        Gen.Select(Gen.Int[400, 599], Gen.Byte.Array[0, 100]).Sample((status, bytes) =>
            Assert.True(FailureClassifier.IsOutcomeUnknown(status, ProviderKind.AzureOpenAi, ProviderError.Read(bytes)) || FailureClassifier.Classify(status, ProviderError.Read(bytes)) != FailureKinds.Timeout));
}
