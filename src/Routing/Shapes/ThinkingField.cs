using System.Text.Json;

namespace Platform.Routing.Shapes;

/// <summary>
/// Where a request sets output tokens apart for thinking: <c>thinking.budget_tokens</c> of a message, and of a chat completion at Anthropic and those who took it over
/// (https://platform.claude.com/docs/en/build-with-claude/extended-thinking); <c>reasoning.max_tokens</c> at OpenRouter (https://openrouter.ai/docs/use-cases/reasoning-tokens).
/// </summary>
internal static class ThinkingField
{
    /// <summary>The count that the object says under this name; 0 for none, and where it says that nothing is to be thought. What is wrong with it is the provider's to say.</summary>
    public static long Read(ref BodyReader body, ReadOnlySpan<byte> name)
    {
        var tokens = 0L;
        var isOff = false;
        if (body.Json.TokenType != JsonTokenType.StartObject)
        {
            body.Json.Skip();
            return tokens;
        }

        while (body.NextName())
        {
            var isCount = body.Json.ValueTextEquals(name);
            var isType = body.Json.ValueTextEquals("type"u8);
            var isSwitch = body.Json.ValueTextEquals("enabled"u8);
            body.Json.Read();
            isOff |= (isType && body.Json.TokenType == JsonTokenType.String && body.Json.ValueTextEquals("disabled"u8)) || (isSwitch && body.Json.TokenType == JsonTokenType.False);
            tokens = isCount && body.Json.TokenType == JsonTokenType.Number && body.Json.TryGetInt64(out var count) && count is > 0 and <= int.MaxValue ? count : tokens;
            body.Json.Skip();
        }

        return isOff ? 0 : tokens;
    }
}
