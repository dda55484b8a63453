using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Chat;

/// <summary>
/// Reads messages and the parts of their content. Text is bounded by its bytes, as is what a model has thought before (Mistral's answers have it as parts, and take it back), images by what the provider
/// publishes; audio, files and parts that nobody here knows are refused.
/// </summary>
internal ref struct ChatMessages(ChatRequest request)
{
    private static readonly FieldNames MessageNames = new("content", "audio", "images", "videos", "files");
    private static readonly FieldNames ImageNames = new("url", "detail");

    public BodyReader Body = new(request.Body);

    /// <summary>An array of messages.</summary>
    public void ReadMessages()
    {
        if (Body.Json.TokenType != JsonTokenType.StartArray)
        {
            Body.Refuse(ApiError.Malformed("'messages' must be an array.", "messages"));
            Body.Json.Skip();
            return;
        }

        while (Body.Json.Read() && Body.Json.TokenType != JsonTokenType.EndArray)
        {
            if (Body.Json.TokenType == JsonTokenType.StartObject)
            {
                ReadMessage();
            }
            else
            {
                Body.Refuse(ApiError.Malformed("Each of 'messages' must be an object.", "messages"));
                Body.Json.Skip();
            }
        }
    }

    private void ReadMessage()
    {
        while (Body.Json.Read() && Body.Json.TokenType == JsonTokenType.PropertyName)
        {
            var isContent = Body.Json.ValueTextEquals("content"u8);
            var beyondText = isContent || Body.Json.ValueTextEquals("role"u8) ? null : BeyondText();
            Body.Json.Read();
            if (beyondText is not null && Body.Json.TokenType != JsonTokenType.Null)
            {
                Body.Refuse(UnboundedContent(beyondText));
            }

            if (!isContent)
            {
                Body.Json.Skip();
            }
            else if (Body.BeginContent())
            {
                ReadParts();
            }
        }
    }

    /// <summary>At a message's name: what some providers take beside its content, which is no text; null when it is none of these.</summary>
    private string? BeyondText()
    {
        if (Body.Json.ValueTextEquals("audio"u8) || Body.Json.ValueTextEquals("images"u8) || Body.Json.ValueTextEquals("videos"u8) || Body.Json.ValueTextEquals("files"u8))
        {
            return Body.Json.GetString();
        }

        Body.Guard(MessageNames);
        return null;
    }

    private void ReadParts()
    {
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
        var (types, images) = (0, 0);
        string? type = null, other = null;
        while (Body.NextName())
        {
            var isType = Body.Json.ValueTextEquals("type"u8);
            var isImage = Body.Json.ValueTextEquals("image_url"u8);
            var isThought = Body.Json.ValueTextEquals("thinking"u8);
            var name = isType || isImage || IsText() ? null : Body.Json.GetString();
            Body.Json.Read();
            if (isType)
            {
                types++;
                type = Body.ReadText();
            }
            else if (isImage && Body.Json.TokenType != JsonTokenType.Null)
            {
                images++;
                ReadImage();
            }
            else if (isThought && Body.Json.TokenType is JsonTokenType.StartArray or JsonTokenType.String)
            {
                ReadThought();
            }
            else
            {
                other ??= Body.Json.TokenType == JsonTokenType.Null ? null : name;
                Body.Json.Skip();
            }
        }

        var isKnown = type switch { "image_url" => images == 1, null or "text" or "refusal" or "thinking" => images == 0, _ => false };
        if (other is not null || !isKnown || types > 1)
        {
            Body.Refuse(UnboundedContent(other ?? (isKnown || images == 0 ? type : null) ?? "image_url"));
        }

        request.Images += images;
    }

    private readonly bool IsText() =>
        Body.Json.ValueTextEquals("text"u8) || Body.Json.ValueTextEquals("refusal"u8) || Body.Json.ValueTextEquals("cache_control"u8) || Body.Json.ValueTextEquals("closed"u8);

    /// <summary>A text, or parts of its own.</summary>
    private void ReadThought()
    {
        if (Body.Json.TokenType == JsonTokenType.StartArray)
        {
            ReadParts();
        }
    }

    /// <summary>An address, or the image itself; neither is text. An image counts what its model's provider publishes, however it is sent.</summary>
    private void ReadImage()
    {
        if (Body.Json.TokenType != JsonTokenType.StartObject)
        {
            Body.Refuse(ApiError.Malformed("'image_url' must be an object with a 'url'.", "messages"));
            Body.Json.Skip();
            return;
        }

        while (Body.NextName())
        {
            var isUrl = Body.Json.ValueTextEquals("url"u8);
            var isDetail = Body.Json.ValueTextEquals("detail"u8);
            if (!isUrl && !isDetail)
            {
                Body.Guard(ImageNames);
            }

            Body.Json.Read();
            if (isDetail)
            {
                Body.RefuseUnless("detail", "auto", "low", "high");
                continue;
            }

            if (isUrl && DataAddress.Is(in Body.Json, out var isImage))
            {
                if (!isImage)
                {
                    Body.Refuse(UnboundedContent("data: that is no image"));
                }

                request.BytesBesideText += Body.Json.ValueSpan.Length;
            }

            Body.Json.Skip();
        }
    }

    private static ApiError UnboundedContent(string kind) => ApiError.Unbounded(
        $"Content of type '{BodyReader.Quote(kind)}' cannot be bounded in cost, so it is not served. Send text or images.", "messages");
}
