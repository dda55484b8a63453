using System.Runtime.InteropServices;
using System.Text.Json;
using Platform.ProviderSimulator.Chat;
using Platform.ProviderSimulator.Faults;
using Platform.ProviderSimulator.Generation;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Embeddings;

/// <summary><c>POST /v1/embeddings</c> as OpenAI speaks it; keys and errors are those of its chat.</summary>
internal class EmbeddingsShape : ChatShape
{
    public override (ModelRequest? Request, ProviderError? Error) Read(HttpRequest http, JsonElement body) => EmbeddingsRequest.Read(body);

    public override StreamEvents Stream(Call call) => throw new InvalidOperationException("Embeddings are not streamed.");

    public override void WritePlain(Utf8JsonWriter writer, Call call)
    {
        var request = (EmbeddingsRequest)call.Request;
        writer.WriteStartObject();
        writer.WriteString("object"u8, "list"u8);
        writer.WriteStartArray("data"u8);
        for (var index = 0; index < request.Inputs.Count; index++)
        {
            writer.WriteStartObject();
            writer.WriteString("object"u8, "embedding"u8);
            writer.WriteNumber("index"u8, index);
            WriteVector(writer, Vector(request.Inputs[index], request.Dimensions), request.IsBase64);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteString("model"u8, request.Model);
        if (call.Fault.Usage != UsageLie.Missing)
        {
            WriteUsage(writer, call.UsageOf(0).PromptTokens, call.Fault.Usage);
        }
        writer.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter writer, int tokens, UsageLie? lie)
    {
        writer.WriteStartObject("usage"u8);
        writer.WriteNumber("prompt_tokens"u8, lie switch { UsageLie.Negative => -1, UsageLie.Huge => ChatUsage.Huge, _ => tokens });
        writer.WriteNumber("total_tokens"u8, lie == UsageLie.Contradictory ? tokens - 1 : tokens);
        writer.WriteEndObject();
    }

    private static void WriteVector(Utf8JsonWriter writer, float[] vector, bool isBase64)
    {
        if (isBase64)
        {
            writer.WriteBase64String("embedding"u8, MemoryMarshal.AsBytes<float>(vector));
            return;
        }
        writer.WriteStartArray("embedding"u8);
        foreach (var number in vector)
        {
            writer.WriteNumberValue(number);
        }
        writer.WriteEndArray();
    }

    /// <summary>Numbers by the seed, of length one as the real ones are.</summary>
    private static float[] Vector(ulong seed, int dimensions)
    {
        var vector = new float[dimensions];
        for (var i = 0; i < dimensions; i++)
        {
            vector[i] = ((PromptSeed.At(seed, i) % 2001) - 1000f) / 1000f;
        }
        var length = MathF.Sqrt(vector.Sum(number => number * number));
        for (var i = 0; i < dimensions; i++)
        {
            vector[i] /= length == 0 ? 1 : length;
        }
        return vector;
    }
}

/// <summary><c>POST /openai/deployments/{deployment}/embeddings?api-version=</c> as Azure speaks it.</summary>
internal sealed class AzureEmbeddingsShape : EmbeddingsShape
{
    public override ProviderError MissingKey => AzureDeployment.MissingKey;

    public override string? ReadKey(HttpRequest request) => ApiKey.ReadHeader(request, AzureDeployment.KeyHeader);

    public override (ModelRequest? Request, ProviderError? Error) Read(HttpRequest http, JsonElement body) =>
        AzureDeployment.TryRead(http, out var model) is { } error ? (null, error) : EmbeddingsRequest.Read(body, model);
}
