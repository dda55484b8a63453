using System.Text;
using System.Text.Json;
using Platform.ProviderSimulator.Generation;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Messages;

/// <summary>
/// Tools, system and messages of a request, counted and hashed in this order: text and tools by <see cref="TokenRule"/>, an image by the model's number. What stands
/// up to a mark of <c>cache_control</c> is to be cached for as long as the mark says. The simulator keeps no cache: every such request writes it.
/// </summary>
internal sealed class MessagesPrompt(string model, int imageTokens)
{
    private int untilMinutes;
    private int untilHour;

    public int Tokens { get; private set; } = TokenRule.TokensPerRequest;

    public ulong Seed { get; private set; } = PromptSeed.Add(PromptSeed.Start, model);

    /// <summary>What cannot be counted; null while all can.</summary>
    public string? Problem { get; private set; }

    public (int Minutes, int Hour) ToCache => (Math.Max(0, untilMinutes - untilHour), untilHour);

    public void AddTools(JsonElement tools)
    {
        foreach (var tool in tools.EnumerateArray())
        {
            if (tool.ValueKind != JsonValueKind.Object || Fields.Text(tool, "name") is null || Fields.Text(tool, "type") is not (null or "custom"))
            {
                Problem ??= "tools: only custom tools with a name are simulated.";
                return;
            }
            Tokens += TokenRule.Message(Encoding.UTF8.GetByteCount(tool.GetRawText()));
            Mark(tool);
        }
    }

    /// <summary>A text, or a list of blocks.</summary>
    public void AddContent(string role, JsonElement content)
    {
        Tokens += TokenRule.TokensPerMessage;
        Seed = PromptSeed.Add(Seed, role);
        if (content.ValueKind == JsonValueKind.String)
        {
            AddText(content.GetString()!);
        }
        else
        {
            AddBlocks(content);
        }
    }

    private void AddBlocks(JsonElement blocks)
    {
        if (blocks.ValueKind != JsonValueKind.Array)
        {
            Problem ??= "messages: content is a string or a list of blocks.";
            return;
        }
        foreach (var block in blocks.EnumerateArray())
        {
            AddBlock(block);
            if (Problem is not null)
            {
                return;
            }
            Mark(block);
        }
    }

    private void AddBlock(JsonElement block)
    {
        switch (Fields.Text(block, "type"))
        {
            case "text" when Fields.Text(block, "text") is { } text:
                AddText(text);
                break;
            case "image" when imageTokens > 0:
                Tokens += imageTokens;
                Seed = PromptSeed.Add(Seed, "image");
                break;
            case "tool_result" when Fields.Find(block, "content") is { ValueKind: JsonValueKind.Array } content:
                AddBlocks(content);
                break;
            case "tool_result" or "tool_use" or "thinking" or "redacted_thinking" or "document" or "search_result":
                AddText(block.GetRawText());
                break;
            default:
                Problem ??= "messages: a block is a text, an image, a tool_use, a tool_result, thinking, or a document.";
                break;
        }
    }

    private void AddText(string text)
    {
        Tokens += (Encoding.UTF8.GetByteCount(text) + (TokenRule.BytesPerToken - 1)) / TokenRule.BytesPerToken;
        Seed = PromptSeed.Add(Seed, text);
    }

    private void Mark(JsonElement block)
    {
        if (Fields.Find(block, "cache_control") is not { ValueKind: JsonValueKind.Object } mark)
        {
            return;
        }
        if (Fields.Text(mark, "ttl") == "1h")
        {
            untilHour = Tokens;
        }
        else
        {
            untilMinutes = Tokens;
        }
    }
}
