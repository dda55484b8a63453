using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Responses;

/// <summary>
/// Reads the items of <c>input</c> and the parts of their content. Text is bounded by its bytes, images by what the provider publishes; what the provider keeps or what
/// it makes of a file only by the model's context window. Items and parts that nobody here knows are refused, for they may be billed otherwise.
/// </summary>
internal ref struct ResponseItems(ResponsesRequest request)
{
    private static readonly FieldNames ItemNames = new("type", "content", "output", "role", "encrypted_content");
    private static readonly FieldNames PartNames = new("type", "detail", "image_url", "file_id", "file_data", "file_url", "input_audio");

    public BodyReader Body = new(request.Body);

    /// <summary>A text, or an array of items.</summary>
    public void ReadInput()
    {
        if (Body.Json.TokenType != JsonTokenType.StartArray)
        {
            if (Body.Json.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
            {
                Body.Refuse(ApiError.Malformed("'input' must be a string or an array of items.", "input"));
            }

            Body.Json.Skip();
            return;
        }

        while (Body.Json.Read() && Body.Json.TokenType != JsonTokenType.EndArray)
        {
            if (Body.Json.TokenType == JsonTokenType.StartObject)
            {
                ReadItem();
            }
            else
            {
                Body.Refuse(ApiError.Malformed("Each item of 'input' must be an object.", "input"));
                Body.Json.Skip();
            }
        }
    }

    private void ReadItem()
    {
        var (types, encrypted) = (0, 0);
        var (hasRole, isEncrypted) = (false, false);
        string? type = null;
        while (Body.NextName())
        {
            if (Body.Json.ValueTextEquals("type"u8))
            {
                types++;
                Body.Json.Read();
                type = Body.ReadText();
            }
            else if (Body.Json.ValueTextEquals("content"u8) || Body.Json.ValueTextEquals("output"u8))
            {
                Body.Json.Read();
                ReadContent();
            }
            else
            {
                var isRole = Body.Json.ValueTextEquals("role"u8);
                var isEncryption = Body.Json.ValueTextEquals("encrypted_content"u8);
                if (!isRole && !isEncryption)
                {
                    Body.Guard(ItemNames);
                }

                Body.Json.Read();
                hasRole |= isRole;
                encrypted += isEncryption ? 1 : 0;
                isEncrypted |= isEncryption && Body.Json.TokenType == JsonTokenType.String && Body.Json.ValueSpan.Length > 0;
                Body.Json.Skip();
            }
        }

        if (types > 1 || encrypted > 1)
        {
            Body.Refuse(ApiError.Malformed("An item has one 'type' and one 'encrypted_content'.", "input"));
        }

        Bound(type ?? (hasRole ? "message" : "item_reference"), isEncrypted);
    }

    /// <param name="isEncrypted">What the model thought is in the item; otherwise the provider looks it up by the item's id.</param>
    private void Bound(string type, bool isEncrypted)
    {
        switch (type)
        {
            case "message" or "function_call" or "function_call_output" or "custom_tool_call" or "custom_tool_call_output":
            case "local_shell_call" or "local_shell_call_output" or "shell_call" or "shell_call_output" or "apply_patch_call" or "apply_patch_call_output":
            case "reasoning" when isEncrypted:
                break;
            case "reasoning" or "item_reference" or "compaction":
                request.BoundByContext ??= $"An item of type '{type}' refers to what the provider keeps";
                break;
            case "web_search_call" or "file_search_call" or "code_interpreter_call" or "image_generation_call" or "mcp_call" or "mcp_list_tools" or "computer_call" or "computer_call_output":
                request.BoundByContext ??= $"An item of type '{type}' stands for what the provider's tool has found";
                break;
            default:
                Body.Refuse(ApiError.Unbounded(
                    $"Items of type '{BodyReader.Quote(type)}' cannot be bounded in cost, so they are not served. Send messages, function calls and their outputs.", "input"));
                break;
        }
    }

    /// <summary>A text, or an array of parts. Anything else is the provider's to refuse: its bytes bound it.</summary>
    private void ReadContent()
    {
        if (Body.Json.TokenType != JsonTokenType.StartArray)
        {
            Body.Json.Skip();
            return;
        }

        while (Body.Json.Read() && Body.Json.TokenType != JsonTokenType.EndArray)
        {
            if (Body.Json.TokenType == JsonTokenType.StartObject)
            {
                ReadPart();
            }
            else
            {
                Body.Json.Skip();
            }
        }
    }

    private void ReadPart()
    {
        var (types, beyondText, fileBytes) = (0, false, 0L);
        string? type = null;
        while (Body.NextName())
        {
            var isType = Body.Json.ValueTextEquals("type"u8);
            var isDetail = Body.Json.ValueTextEquals("detail"u8);
            var isImage = Body.Json.ValueTextEquals("image_url"u8);
            var isFile = Body.Json.ValueTextEquals("file_id"u8) || Body.Json.ValueTextEquals("file_data"u8) || Body.Json.ValueTextEquals("file_url"u8);
            var isAudio = Body.Json.ValueTextEquals("input_audio"u8);
            if (!(isType || isDetail || isImage || isFile || isAudio))
            {
                Body.Guard(PartNames);
            }

            Body.Json.Read();
            beyondText |= (isImage || isFile || isAudio) && Body.Json.TokenType != JsonTokenType.Null;
            if (isType)
            {
                types++;
                type = Body.ReadText();
            }
            else if (isDetail)
            {
                Body.RefuseUnless("detail", "auto", "low", "high");
            }
            else if (isImage)
            {
                ReadImage();
            }
            else
            {
                fileBytes += isFile && Body.Json.TokenType == JsonTokenType.String ? Body.Json.ValueSpan.Length : 0;
                Body.Json.Skip();
            }
        }

        if (types > 1)
        {
            Body.Refuse(ApiError.Malformed("A part of content has one 'type'.", "input"));
        }

        BoundPart(type, beyondText, fileBytes);
    }

    private void BoundPart(string? type, bool beyondText, long fileBytes)
    {
        switch (type)
        {
            // Without a type: what a shell has printed.
            case null or "input_text" or "output_text" or "text" or "refusal" or "summary_text" or "reasoning_text" when !beyondText:
                break;
            case "input_image":
                request.Images++;
                break;
            case "input_file":
                request.BytesBesideText += fileBytes;
                request.BoundByContext ??= "A file's pages and text count what the provider makes of them";
                break;
            default:
                Body.Refuse(ApiError.Unbounded(
                    $"Content of type '{BodyReader.Quote(type)}' cannot be bounded in cost, so it is not served. Send input_text, input_image, or input_file.", "input"));
                break;
        }
    }

    /// <summary>An address, or the image itself; neither is text. An image counts what its model's provider publishes, however it is sent.</summary>
    private void ReadImage()
    {
        if (Body.Json.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
        {
            Body.Refuse(ApiError.Malformed("'image_url' must be a string.", "input"));
        }
        else if (DataAddress.Is(in Body.Json, out var isImage))
        {
            if (!isImage)
            {
                Body.Refuse(ApiError.Unbounded("Only images may stand in 'image_url' as data:. Send a file as input_file.", "input"));
            }

            request.BytesBesideText += Body.Json.ValueSpan.Length;
        }

        Body.Json.Skip();
    }
}
