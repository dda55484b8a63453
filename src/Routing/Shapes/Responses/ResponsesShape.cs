using Platform.Routing.Attempts;
using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Shapes.Responses;

/// <summary>OpenAI's responses: <c>POST /v1/responses</c> (https://developers.openai.com/api/reference/resources/responses/methods/create).</summary>
internal sealed class ResponsesShape : WireShape
{
    public override ShapeKinds Kind => ShapeKinds.Responses;

    public override string Operation => "chat";

    public override ApiError? TryRead(byte[] body, out CallRequest request)
    {
        var error = ResponsesRequestReader.TryRead(body, out var responses);
        request = responses;
        return error;
    }

    public override HttpRequestMessage NewRequest(Attempt attempt, HttpRequest caller) => OpenAiUpstream.NewRequest(attempt, UpstreamAddresses.Of(attempt.Target).Responses);

    public override CallUsage? ReadUsage(ReadOnlySpan<byte> answer) => ResponsesUsage.OfResponse(answer);

    public override StreamFilter NewStreamFilter(CallRequest request) => new ResponsesStreamFilter();
}
