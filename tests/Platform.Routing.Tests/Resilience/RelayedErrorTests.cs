using System.Text;
using System.Text.Json;
using CsCheck;
using Platform.Routing.Policies;
using Platform.Routing.Resilience;

namespace Platform.Routing.Tests.Resilience;

/// <summary>Errors that a proxy tells, as <c>error.message</c> of its own.</summary>
public sealed class RelayedErrorTests
{
    [Theory]
    // A provider's whole error, in each form.
    [InlineData(400, """litellm.BadRequestError: AnthropicException - b'{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 215000 tokens > 200000 maximum"}}'. Received Model Group=x""", nameof(FailureKinds.ContextLength))]
    [InlineData(400, """litellm.BadRequestError: OpenAIException - Error code: 400 - {'error': {'message': "Your input is too long for this model's window", 'type': 'invalid_request_error', 'param': None, 'code': 'context_length_exceeded'}}""", nameof(FailureKinds.ContextLength))]
    [InlineData(400, """Error code: 400 - {'error': {'message': 'filtered: it\'s \'that\'', 'param': None, 'code': 'content_filter', 'inner': {'filtered': True, 'of': [1, 2]}}}""", nameof(FailureKinds.ContentPolicy))]
    [InlineData(404, """litellm.NotFoundError: VertexAIException - { "error": { "code": 404, "message": "models/gemini-x is not found for API version v1beta", "status": "NOT_FOUND" } }""", nameof(FailureKinds.Misconfigured))]
    [InlineData(404, """litellm.NotFoundError: AnthropicException - b'{"type":"error","error":{"type":"not_found_error","message":"model: claude-nobody"}}'""", nameof(FailureKinds.Misconfigured))]
    [InlineData(404, """Error code: 404 - {'error': {'message': "The model `x` does not exist", 'type': 'invalid_request_error', 'code': 'model_not_found'}}""", nameof(FailureKinds.Misconfigured))]
    [InlineData(400, """litellm.BadRequestError: AnthropicException - b"{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Your credit balance is too low\"}}". Received Model Group=x""", nameof(FailureKinds.Misconfigured))]
    // One proxy behind another.
    [InlineData(404, """litellm.NotFoundError: OpenAIException - Error code: 404 - {'error': {'message': 'litellm.NotFoundError: OpenAIException - The model `x` does not exist', 'code': '404'}}""", nameof(FailureKinds.Misconfigured))]
    // By the names of its exceptions.
    [InlineData(400, "litellm.ContextWindowExceededError: litellm.BadRequestError: ContextWindowExceededError: OpenAIException - too many input tokens", nameof(FailureKinds.ContextLength))]
    [InlineData(400, "litellm.BadRequestError: litellm.ContentPolicyViolationError: AzureException - The response was held back", nameof(FailureKinds.ContentPolicy))]
    [InlineData(400, "litellm.BadRequestError: AnthropicException - Your credit balance is too low to access the Anthropic API.", nameof(FailureKinds.Misconfigured))]
    [InlineData(404, "Model 'x' is not recognised", nameof(FailureKinds.Misconfigured))]
    [InlineData(404, "litellm.NotFoundError: Together_aiException - Model x is not available", nameof(FailureKinds.Misconfigured))]
    [InlineData(404, "The model `x` has been deprecated, learn more", nameof(FailureKinds.Misconfigured))]
    // Not the model itself, or not for long.
    [InlineData(404, "The model `x` cannot use file 'is not available'", nameof(FailureKinds.None))]
    [InlineData(404, "The model `x` cannot read this. File 'y' does not exist", nameof(FailureKinds.None))]
    [InlineData(404, "The model `x` is not available right now", nameof(FailureKinds.None))]
    // What a caller sent stays within a text, whatever it looks like.
    [InlineData(404, """litellm.NotFoundError: OpenAIException - No such File object: x', 'code': 'model_not_found""", nameof(FailureKinds.None))]
    [InlineData(404, """Error code: 404 - {'error': {'message': "No file '{'error': {'code': 'model_not_found'}}'", 'code': None}}""", nameof(FailureKinds.None))]
    [InlineData(404, """Error code: 404 - {'error': {'message': 'No file \', \'code\': \'model_not_found', 'code': None}}""", nameof(FailureKinds.None))]
    [InlineData(404, """No such File object: Error code: 404 - {'error': {'message': '', 'code': 'model_not_found'}}""", nameof(FailureKinds.None))]
    [InlineData(404, """No file litellm.NotFoundError: OpenAIException - The model `x` does not exist""", nameof(FailureKinds.None))]
    [InlineData(400, """litellm.BadRequestError: OpenAIException - Invalid 'user': litellm.ContentPolicyViolationError: x""", nameof(FailureKinds.None))]
    // A provider's words may begin with an object of the caller's: what stands behind it shows that.
    [InlineData(400, """litellm.BadRequestError: OpenAIException - {'error': {'code': 'insufficient_quota', 'message': 'x'}} is not of type 'string' - 'user'""", nameof(FailureKinds.None))]
    [InlineData(400, """litellm.BadRequestError: OpenAIException - {"error": {"code": "insufficient_quota", "message": "x"}} is not of type "string" - 'user'""", nameof(FailureKinds.None))]
    [InlineData(400, """litellm.BadRequestError: OpenAIException - b'{"error":{"code":"insufficient_quota","message":"x"}}' is not of type 'string' - 'user'""", nameof(FailureKinds.None))]
    [InlineData(400, """litellm.BadRequestError: OpenAIException - b'{"error":{"code":"insufficient_quota","message":"x"}} is not of type "string"'""", nameof(FailureKinds.None))]
    [InlineData(400, """litellm.BadRequestError: OpenAIException - {'error': {'code': 'insufficient_quota', 'message': 'x'}} Received Model Group=x is no user""", nameof(FailureKinds.None))]
    [InlineData(400, """litellm.BadRequestError: OpenAIException - {'error': {'code': 'insufficient_quota', 'message': 'x'}}.""", nameof(FailureKinds.None))]
    // What the proxy itself adds is no caller's.
    [InlineData(400, "litellm.BadRequestError: OpenAIException - {'error': {'code': 'insufficient_quota', 'message': 'x'}}\nReceived Model Group=x\nAvailable Model Group Fallbacks=None LiteLLM Retried: 2 times, LiteLLM Max Retries: 2", nameof(FailureKinds.Misconfigured))]
    [InlineData(400, "litellm.BadRequestError: OpenAIException - {\"error\": {\"code\": \"insufficient_quota\", \"message\": \"é\"}}\n. Received Model Group=x", nameof(FailureKinds.Misconfigured))]
    // Cut off, or no error.
    [InlineData(404, """Error code: 404 - {'error': {'message': 'The model', 'code': 'model_not_found'""", nameof(FailureKinds.None))]
    [InlineData(404, """litellm.NotFoundError: AnthropicException - b'{"type":"error","error":{"type":"not_found_error","message":"model: x"}}""", nameof(FailureKinds.None))]
    [InlineData(404, """litellm.NotFoundError: BedrockException - {"message":"nothing of that name"}""", nameof(FailureKinds.None))]
    public void Error_of_a_proxy_is_classified_by_what_it_was_told(int status, string message, string kind) =>
        Assert.Equal(Enum.Parse<FailureKinds>(kind), FailureClassifier.Classify(status, Told(message)));

    [Theory]
    // Told by who runs the model.
    [InlineData(500, """litellm.InternalServerError: AnthropicException - b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'""", false)]
    [InlineData(503, "litellm.ServiceUnavailableError: OpenAIException - The server is overloaded", false)]
    // Told by nobody: the proxy lost it.
    [InlineData(500, "litellm.InternalServerError: InternalServerError: OpenAIException - Connection error.", true)]
    [InlineData(500, "litellm.APIConnectionError: OllamaException - whatever it is", true)]
    [InlineData(500, "litellm.APIConnectionError: APIConnectionError: OpenAIException - peer closed connection without sending complete message body (incomplete chunked read)", true)]
    [InlineData(503, "litellm.Timeout: APITimeoutError - Request timed out. Error_str: Request timed out.", true)]
    // Azure bills what it has processed, and others what they have generated, whoever is between.
    [InlineData(400, "litellm.BadRequestError: litellm.ContentPolicyViolationError: AzureException - The response was filtered", true)]
    [InlineData(400, "litellm.BadRequestError: litellm.ContentPolicyViolationError: OpenAIException - rejected", false)]
    [InlineData(400, "litellm.BadRequestError: AzureException - The response was filtered due to Azure OpenAI's content management policy", true)]
    [InlineData(400, "litellm.BadRequestError: AzureException - This model's maximum context length is 8192 tokens", true)]
    [InlineData(400, "litellm.BadRequestError: AzureException - Unsupported parameter", false)]
    [InlineData(400, "litellm.BadRequestError: OpenAIException - This model's maximum context length is 8192 tokens", false)]
    [InlineData(400, """litellm.BadRequestError: AzureException BadRequestError - Error code: 400 - {'error': {'message': 'filtered', 'code': 'content_filter', 'status': 400}}""", true)]
    [InlineData(400, "litellm.BadRequestError: AnthropicException - Output blocked by content filtering policy", true)]
    [InlineData(400, """litellm.BadRequestError: GroqException - {"error":{"message":"Failed to call a function.","code":"tool_use_failed","failed_generation":"<function=f>"}}""", true)]
    public void Proxy_proves_that_nothing_is_billed_by_what_it_was_told_alone(int status, string message, bool unknown) =>
        Assert.Equal(unknown, FailureClassifier.IsOutcomeUnknown(status, ProviderKind.Compatible, Told(message)));

    [Theory]
    [InlineData(60_000, nameof(FailureKinds.Misconfigured))]
    [InlineData(70_000, nameof(FailureKinds.None))]
    public void Text_longer_than_errors_are_is_not_read_as_one(int length, string kind) =>
        Assert.Equal(Enum.Parse<FailureKinds>(kind), FailureClassifier.Classify(400, Told($$$"""Error code: 400 - {'error': {'message': '{{{new string('x', length)}}}', 'code': 'insufficient_quota'}}""")));

    [Fact]
    public void Number_of_the_proxys_stands_where_its_provider_named_none()
    {
        static int StatusOf(string inner) => ProviderError.Read(Encoding.UTF8.GetBytes($$$"""{"error":{"message":{{{JsonSerializer.Serialize($"litellm.RateLimitError: OpenAIException - {inner}")}}},"code":429}}""")).Status;

        Assert.Equal(429, StatusOf("""{"error":{"message":"slow down","type":"tokens"}}"""));
        Assert.Equal(503, StatusOf("""{"error":{"message":"busy","code":503}}"""));
    }

    [Fact]
    public void Any_text_behind_the_names_is_read_without_throwing()
    {
        string[] pieces =
        [
            "litellm.", "BadRequestError: ", "OpenAIException - ", "Error code: 400 - ", "b'", "{", "}", "[", "]", "'", "\"", "\\", "\\x", "\\u", "\\U0011ffff", "\\ud800", "None", "True", ": ", ", ", "error", "message", "é\ud83d",
        ];
        Gen.Int[0, pieces.Length - 1].Array[0, 30].Sample(chosen => Assert.True(FailureClassifier.Classify(400, Told("litellm.BadRequestError: OpenAIException - " + string.Concat(chosen.Select(one => pieces[one])))) is FailureKinds.None or FailureKinds.ContextLength or FailureKinds.ContentPolicy));
    }

    [Theory]
    [InlineData("""{'a': None, 'b': [True, False, 1.5], "it's": 'x"\\\n\xe9\u00e9\U0001f600'} more""", """{"a": null, "b": [true, false, 1.5], "it's": "x\"\\\néé😀"}""")]
    [InlineData("""{'a': 'None True'}""", """{"a": "None True"}""")]
    [InlineData("{'a': 'x", null)]
    [InlineData("{'a': {", null)]
    [InlineData("", null)]
    public void Python_is_json_but_for_its_spelling(string python, string? json)
    {
        var read = PythonText.ToJson(python, out var length);
        Assert.Equal(read is null ? 0 : python.LastIndexOf('}') + 1, length);
        Assert.Equal(json is null, read is null);
        Assert.True(json is null || JsonElement.DeepEquals(JsonElement.Parse(json), JsonElement.Parse(read!)), read);
    }

    private static ProviderError Told(string message) =>
        ProviderError.Read(Encoding.UTF8.GetBytes($$$"""{"error":{"message":{{{JsonSerializer.Serialize(message)}}},"type":null,"param":null,"code":"400"}}"""));
}
