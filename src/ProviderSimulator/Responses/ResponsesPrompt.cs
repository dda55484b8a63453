using System.Text;
using System.Text.Json;
using Platform.ProviderSimulator.Generation;
using Platform.ProviderSimulator.Wire;

namespace Platform.ProviderSimulator.Responses;

/// <summary>
/// Instructions, input and tools of a request, counted and hashed: text by <see cref="TokenRule"/>, an item a message; an image by the model's number, a file by the simulator's own; what refers to
/// something kept, as many tokens as that has.
/// </summary>
internal sealed class ResponsesPrompt(string model, int imageTokens, ResponsesMemory memory)
{
    /// <summary>What any file is taken to have.</summary>
    private const int FileTokens = 1_000;

    public int Tokens { get; private set; } = TokenRule.TokensPerRequest;

    public ulong Seed { get; private set; } = PromptSeed.Add(PromptSeed.Start, model);

    /// <summary>What is wrong with it; null while nothing is.</summary>
    public OpenAiError? Problem { get; private set; }

    public void AddText(string role, string text)
    {
        Tokens += TokenRule.Message(Encoding.UTF8.GetByteCount(text));
        Seed = PromptSeed.Add(PromptSeed.Add(Seed, role), text);
    }

    public void AddPrevious(string id)
    {
        Tokens += memory.ContextOf(id) ?? Refuse($"Previous response with id '{id}' not found.", "previous_response_id", "previous_response_not_found");
        Seed = PromptSeed.Add(Seed, "previous");
    }

    public void AddInput(JsonElement input)
    {
        if (input.ValueKind == JsonValueKind.String)
        {
            AddText("user", input.GetString()!);
            return;
        }
        if (input.ValueKind != JsonValueKind.Array)
        {
            Refuse("'input' is a string or a list of items.", "input");
            return;
        }
        foreach (var item in input.EnumerateArray())
        {
            AddItem(item);
        }
    }

    private void AddItem(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            Refuse("Each item of 'input' is an object.", "input");
            return;
        }
        var role = Fields.Text(item, "role");
        switch (Fields.Text(item, "type") ?? (role is null ? "item_reference" : "message"))
        {
            case "message" when Fields.Find(item, "content") is { } content:
                AddContent(role ?? "", content);
                break;
            case "function_call_output" or "custom_tool_call_output" when Fields.Find(item, "output") is { } output:
                AddContent("tool", output);
                break;
            case "function_call" or "custom_tool_call" or "reasoning":
                AddText("assistant", item.GetRawText());
                break;
            case "item_reference":
                var id = Fields.Text(item, "id") ?? "";
                Tokens += memory.OutputOf(id) ?? Refuse($"Item with id '{id}' not found.", "input");
                break;
            default:
                Refuse("An item of 'input' is a message, a function call, its output, reasoning, or a reference.", "input");
                break;
        }
    }

    private void AddContent(string role, JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            AddText(role, content.GetString()!);
            return;
        }
        if (content.ValueKind != JsonValueKind.Array)
        {
            Refuse("Content is a string or a list of parts.", "input");
            return;
        }
        var text = new StringBuilder();
        foreach (var part in content.EnumerateArray())
        {
            switch (Fields.Text(part, "type"))
            {
                case "input_text" or "output_text":
                    text.Append(Fields.Text(part, "text"));
                    break;
                case "input_image" when imageTokens > 0:
                    Tokens += imageTokens;
                    break;
                case "input_file":
                    Tokens += FileTokens;
                    break;
                default:
                    Refuse("A part of content is a text, an image that the model takes, or a file.", "input");
                    break;
            }
        }
        AddText(role, text.ToString());
    }

    private int Refuse(string message, string param, string? code = null)
    {
        Problem ??= OpenAiError.BadRequest(message, param, code);
        return 0;
    }
}
