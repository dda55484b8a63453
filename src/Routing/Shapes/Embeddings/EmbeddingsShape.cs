using System.Text.Json;
using Platform.Routing.Attempts;
using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Shapes.Embeddings;

/// <summary>OpenAI's embeddings: <c>POST /v1/embeddings</c>.</summary>
internal sealed class EmbeddingsShape : WireShape
{
    public override ShapeKinds Kind => ShapeKinds.Embeddings;

    public override string Operation => "embeddings";

    public override ApiError? TryRead(byte[] body, out CallRequest request)
    {
        var error = EmbeddingsRequestReader.TryRead(body, out var embeddings);
        request = embeddings;
        return error;
    }

    public override HttpRequestMessage NewRequest(Attempt attempt, HttpRequest caller) => OpenAiUpstream.NewRequest(attempt, UpstreamAddresses.Of(attempt.Target).Embeddings);

    /// <summary>What was sent, which is also the total: where the two differ the usage contradicts itself. Some providers state the total alone.</summary>
    public override CallUsage? ReadUsage(ReadOnlySpan<byte> answer)
    {
        try
        {
            var reader = AnswerJson.Reader(answer);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject ? FindUsage(ref reader) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is what a name with half of a surrogate pair gives.
            return null;
        }
    }

    public override StreamFilter NewStreamFilter(CallRequest request) => new Unstreamed();

    private static CallUsage? FindUsage(ref Utf8JsonReader reader)
    {
        CallUsage? usage = null;
        var hasData = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = reader.ValueTextEquals("usage"u8);
            var isData = reader.ValueTextEquals("data"u8);
            reader.Read();
            hasData |= isData && AnswerJson.HasElements(reader);
            if (isUsage && reader.TokenType == JsonTokenType.StartObject)
            {
                usage = ReadUsage(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        return usage?.Of(hasData);
    }

    private static CallUsage? ReadUsage(ref Utf8JsonReader reader)
    {
        long? prompt = null, total = null;
        var sound = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isPrompt = reader.ValueTextEquals("prompt_tokens"u8);
            var isTotal = reader.ValueTextEquals("total_tokens"u8);
            reader.Read();
            if (!isPrompt && !isTotal)
            {
                reader.Skip();
                continue;
            }

            sound &= TokenCount.TryRead(ref reader, out var count);
            prompt = isPrompt ? count : prompt;
            total = isTotal ? count : total;
        }

        return sound && (prompt ?? total) is { } tokens && tokens == (total ?? tokens) ? new CallUsage(tokens, 0, 0, 0) : null;
    }

    /// <summary>Nobody streams embeddings; a provider that does has an unknown usage.</summary>
    private sealed class Unstreamed : EventStreamFilter
    {
        protected override bool Take(ReadOnlySpan<byte> one) => true;

        protected override StreamOpening Judge(ReadOnlySpan<byte> one) => StreamOpening.Begun;
    }
}
