using System.Text;
using System.Text.Json;
using Platform.ProviderSimulator.Billing;
using Platform.ProviderSimulator.Generation;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Embeddings;

/// <summary>A request for embeddings: of a text, of texts, or of tokens. Nothing is generated.</summary>
internal sealed record EmbeddingsRequest(string Model, ModelPrice Price, int PromptTokens, ulong Seed) : ModelRequest(Model, Price, PromptTokens, Seed)
{
    private const int MostDimensions = 3072;

    /// <summary>A seed for every input.</summary>
    public IReadOnlyList<ulong> Inputs { get; init; } = [];

    public int Dimensions { get; init; }

    /// <summary>Whether vectors are sent as the base64 of their numbers.</summary>
    public bool IsBase64 { get; init; }

    public static (EmbeddingsRequest? Request, OpenAiError? Error) Read(JsonElement body, string? deployment = null)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            return (null, OpenAiError.BadRequest("The body must be a JSON object."));
        }
        if ((deployment ?? Fields.Text(body, "model")) is not { } name)
        {
            return (null, OpenAiError.BadRequest("you must provide a model parameter", "model"));
        }
        if (!PriceTable.TryGet(name, out var price) || price.Vendor != Vendor.OpenAiEmbeddings)
        {
            return (null, OpenAiError.UnknownModel(name));
        }
        if (!Fields.TryReadCount(body, "dimensions", out var dimensions) || dimensions > MostDimensions)
        {
            return (null, OpenAiError.BadRequest($"'dimensions' is 1 to {MostDimensions}.", "dimensions"));
        }
        var inputs = new List<ulong>();
        if (Fields.Find(body, "input") is not { } input || !TryCount(input, inputs, out var tokens))
        {
            return (null, OpenAiError.BadRequest("'input' is a text, texts, tokens, or lists of tokens, and not empty.", "input"));
        }
        return (new EmbeddingsRequest(name, price, tokens, inputs[0])
        {
            MaxTokens = 0,
            Inputs = inputs,
            Dimensions = dimensions ?? (name.EndsWith("large", StringComparison.Ordinal) ? MostDimensions : MostDimensions / 2),
            IsBase64 = Fields.Text(body, "encoding_format") == "base64",
        }, null);
    }

    /// <summary>A token each four bytes of a text, and each token its own.</summary>
    private static bool TryCount(JsonElement input, List<ulong> inputs, out int tokens)
    {
        tokens = 0;
        if (input.ValueKind == JsonValueKind.String || IsTokens(input))
        {
            return TryCountOne(input, inputs, ref tokens);
        }
        if (input.ValueKind != JsonValueKind.Array || input.GetArrayLength() == 0)
        {
            return false;
        }
        foreach (var one in input.EnumerateArray())
        {
            if (!TryCountOne(one, inputs, ref tokens))
            {
                return false;
            }
        }
        return true;
    }

    private static bool TryCountOne(JsonElement one, List<ulong> inputs, ref int tokens)
    {
        var text = one.ValueKind == JsonValueKind.String ? one.GetString()! : IsTokens(one) ? one.GetRawText() : "";
        tokens += one.ValueKind == JsonValueKind.Array
            ? one.GetArrayLength()
            : (Encoding.UTF8.GetByteCount(text) + (TokenRule.BytesPerToken - 1)) / TokenRule.BytesPerToken;
        inputs.Add(PromptSeed.Add(PromptSeed.Start, text));
        return text.Length > 0;
    }

    private static bool IsTokens(JsonElement input) =>
        input.ValueKind == JsonValueKind.Array && input.GetArrayLength() > 0 && input.EnumerateArray().All(token => token.ValueKind == JsonValueKind.Number);
}
