using System.Text;
using System.Text.Json;
using Platform.ProviderSimulator.Generation;

namespace Platform.ProviderSimulator.Chat;

/// <summary>
/// The messages of a request, counted and hashed. The text of a message is its <c>content</c>: a string, a list of text parts, or null;
/// other parts (images, audio) are refused, for the simulator has no rule to count them.
/// </summary>
internal readonly record struct Prompt(int Tokens, ulong Seed, string? Problem)
{
    public static Prompt Read(JsonElement messages, string model)
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
            if (Text(message) is not { } text)
            {
                return new Prompt(0, 0, "The 'content' of a message must be a string or a list of text parts.");
            }
            tokens += TokenRule.Message(Encoding.UTF8.GetByteCount(text));
            seed = PromptSeed.Add(PromptSeed.Add(seed, role.GetString()), text);
        }
        return new Prompt(tokens, seed, null);
    }

    private static string? Text(JsonElement message)
    {
        if (!message.TryGetProperty("content", out var content) || content.ValueKind == JsonValueKind.Null)
        {
            // An assistant's message that only calls tools has no content.
            return "";
        }
        return content.ValueKind switch
        {
            JsonValueKind.String => content.GetString(),
            JsonValueKind.Array => Join(content),
            _ => null,
        };
    }

    private static string? Join(JsonElement parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object
                || !part.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String || type.GetString() != "text"
                || !part.TryGetProperty("text", out var value) || value.ValueKind != JsonValueKind.String)
            {
                return null;
            }
            text.Append(value.GetString());
        }
        return text.ToString();
    }
}
