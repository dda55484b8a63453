using System.Text;
using System.Text.Json;
using Platform.ProviderSimulator.Generation;

namespace Platform.ProviderSimulator.Chat;

/// <summary>
/// The messages of a request, counted and hashed. The text of a message is its <c>content</c>: a string, a list of parts (text, images), or null; and the tools
/// that it called. Other parts (audio, files) are refused, for the simulator has no rule to count them.
/// </summary>
internal readonly record struct Prompt(int Tokens, ulong Seed, string? Problem)
{
    /// <param name="imageTokens">Tokens of an image; 0: images are refused.</param>
    public static Prompt Read(JsonElement messages, string model, int imageTokens = 0)
    {
        var tokens = TokenRule.TokensPerRequest;
        var seed = PromptSeed.Add(PromptSeed.Start, model);
        foreach (var message in messages.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object
                || !message.TryGetProperty("role", out var role) || role.ValueKind != JsonValueKind.String)
            {
                return new Prompt(0, 0, "Every message is an object with a 'role'.");
            }
            if (Text(message, out var images) is not { } text || (images > 0 && imageTokens == 0))
            {
                return new Prompt(0, 0, "The 'content' of a message must be a string or a list of text and image parts that the model takes.");
            }
            tokens += TokenRule.Message(Encoding.UTF8.GetByteCount(text)) + (images * imageTokens);
            seed = PromptSeed.Add(PromptSeed.Add(seed, role.GetString()), text);
        }
        return new Prompt(tokens, seed, null);
    }

    private static string? Text(JsonElement message, out int images)
    {
        images = 0;
        var calls = message.TryGetProperty("tool_calls", out var called) && called.ValueKind == JsonValueKind.Array ? called.GetRawText() : "";
        if (!message.TryGetProperty("content", out var content) || content.ValueKind == JsonValueKind.Null)
        {
            // An assistant's message that only calls tools has no content.
            return calls;
        }
        return content.ValueKind switch
        {
            JsonValueKind.String => calls.Length == 0 ? content.GetString() : content.GetString() + calls,
            JsonValueKind.Array when Join(content, out images) is { } text => text + calls,
            _ => null,
        };
    }

    private static string? Join(JsonElement parts, out int images)
    {
        images = 0;
        var text = new StringBuilder();
        foreach (var part in parts.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
            {
                return null;
            }
            if (type.GetString() == "text" && part.TryGetProperty("text", out var value) && value.ValueKind == JsonValueKind.String)
            {
                text.Append(value.GetString());
            }
            else if (type.GetString() == "image_url" && part.TryGetProperty("image_url", out var image) && image.ValueKind == JsonValueKind.Object)
            {
                images++;
            }
            else
            {
                return null;
            }
        }
        return text.ToString();
    }
}
