using Platform.Routing.Attempts;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Providers;

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

    public override HttpRequestMessage NewRequest(Attempt attempt, HttpRequest caller) => OpenAiUpstream.NewRequest(attempt, UpstreamAddresses.Of(attempt.Target).Chat);

    public override CallUsage? ReadUsage(ReadOnlySpan<byte> answer) => ChatUsage.Read(answer, out _)?.Of(ChatContent.IsIn(answer));

    public override StreamFilter NewStreamFilter(CallRequest request) =>
        new ChatStreamFilter(hideUsage: request is ChatRequest { Stream: true, UsageAsked: false }, request.Choices);
}
