using System.Net.Http.Headers;
using Platform.Routing.Attempts;
using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Shapes.Chat;

/// <summary>OpenAI's chat completions: <c>POST /v1/chat/completions</c>.</summary>
internal sealed class ChatShape : WireShape
{
    public override ShapeKinds Kind => ShapeKinds.Chat;

    public override string Operation => "chat";

    public override ApiError? TryRead(byte[] body, out CallRequest request)
    {
        var error = ChatRequestReader.TryRead(body, out var chat);
        request = chat;
        return error;
    }

    public override HttpRequestMessage NewRequest(Attempt attempt, HttpRequest caller)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, attempt.Target.Provider.BaseUrl + "/v1/chat/completions");
        if (attempt.ProviderKey.Secret.Length > 0)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", attempt.ProviderKey.Secret);
        }

        return request;
    }

    public override CallUsage? ReadUsage(ReadOnlySpan<byte> answer) => ChatUsage.TryRead(answer, out var usage, out _) ? usage : null;

    public override StreamFilter NewStreamFilter(CallRequest request) =>
        new ChatStreamFilter(hideUsage: request is ChatRequest { Stream: true, UsageAsked: false });
}
