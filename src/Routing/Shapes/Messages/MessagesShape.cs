using System.Text.Json;
using Platform.Routing.Attempts;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Providers;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Shapes.Messages;

/// <summary>Anthropic's messages: <c>POST /v1/messages</c> (https://platform.claude.com/docs/en/api/messages).</summary>
internal sealed class MessagesShape : WireShape
{
    public const string VersionHeader = "anthropic-version";
    public const string BetaHeader = "anthropic-beta";

    private const string KeyHeader = "x-api-key";

    /// <summary>How the betas are named under which what is set apart for thinking may be more than <c>max_tokens</c> (https://platform.claude.com/docs/en/build-with-claude/extended-thinking).</summary>
    private const string InterleavedThinking = "interleaved-thinking-";

    /// <summary>The interface's only version so far; sent for callers who name none.</summary>
    private const string Version = "2023-06-01";

    public override ShapeKinds Kind => ShapeKinds.Messages;

    public override string Operation => "chat";

    /// <summary>Anthropic's clients send a key as <c>x-api-key</c>, or a token as bearer.</summary>
    public override string? ReadKey(HttpRequest request) =>
        request.Headers[KeyHeader].ToString() is { Length: > 0 } key ? key : BearerToken.Read(request.Headers.Authorization);

    public override ApiError? TryRead(byte[] body, out CallRequest request)
    {
        var error = MessagesRequestReader.TryRead(body, out var messages);
        request = messages;
        return error;
    }

    public override ApiError? TryRead(byte[] body, IHeaderDictionary headers, out CallRequest request)
    {
        var error = TryRead(body, out request) ?? AnthropicHeaders.Complaint(headers);
        request.ThinksBeyondCap = request.ThinkingTokens > 0 && headers[BetaHeader].Any(betas => betas?.Contains(InterleavedThinking, StringComparison.OrdinalIgnoreCase) == true);
        return error;
    }

    public override HttpRequestMessage NewRequest(Attempt attempt, HttpRequest caller) =>
        NewRequest(UpstreamAddresses.Of(attempt.Target).Messages, attempt.Target.Provider.Kind, attempt.ProviderKey, caller);

    /// <summary>As for a message, to another address of the interface.</summary>
    public static HttpRequestMessage NewRequest(Uri address, ProviderKind kind, ProviderKey key, HttpRequest caller)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, address);
        ProviderCredentials.AddTo(request, kind, key);
        request.Headers.TryAddWithoutValidation(VersionHeader, caller.Headers[VersionHeader] is [{ Length: > 0 } version] ? version : Version);
        foreach (var beta in caller.Headers[BetaHeader])
        {
            request.Headers.TryAddWithoutValidation(BetaHeader, beta);
        }

        return request;
    }

    public override CallUsage? ReadUsage(ReadOnlySpan<byte> answer)
    {
        var usage = new MessagesUsage();
        usage.Read(answer);
        return usage.Known;
    }

    public override StreamFilter NewStreamFilter(CallRequest request) => new MessagesStreamFilter();

    /// <summary>
    /// <c>{"type": "error", "error": {"type", "message"}}</c> with the types that Anthropic documents for the status (https://platform.claude.com/docs/en/api/errors), and
    /// the gateway's stable code beside them.
    /// </summary>
    public override byte[] ToErrorBody(ApiError error) => JsonSerializer.SerializeToUtf8Bytes(
        new { type = "error", error = new { type = TypeOf(error.Status), message = error.Message, code = error.Code } }, ApiError.JsonOptions);

    private static string TypeOf(int status) => status switch
    {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 or 529 => "overloaded_error",
        504 => "timeout_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };
}
