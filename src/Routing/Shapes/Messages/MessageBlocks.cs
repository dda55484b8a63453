using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Messages;

/// <summary>
/// Reads messages and their blocks. Blocks of text are bounded by their bytes, images by what the provider publishes; a document whose pages become images, a file
/// that is named only, and blocks that nobody here knows are refused.
/// </summary>
internal ref struct MessageBlocks(MessagesRequest request)
{
    private static readonly FieldNames MessageNames = new("content");
    private static readonly FieldNames BlockNames = new("type", "source", "content", "citations");
    private static readonly FieldNames CitationNames = new("enabled");
    private static readonly FieldNames SourceNames = new("type", "data", "content");

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
            if (Body.Json.TokenType != JsonTokenType.StartObject)
            {
                Body.Refuse(ApiError.Malformed("Each of 'messages' must be an object.", "messages"));
                Body.Json.Skip();
                continue;
            }

            while (Body.NextName())
            {
                var isContent = Body.Json.ValueTextEquals("content"u8);
                if (!isContent)
                {
                    Body.Guard(MessageNames);
                }

                Body.Json.Read();
                if (isContent)
                {
                    ReadContent();
                }
                else
                {
                    Body.Json.Skip();
                }
            }
        }
    }

    /// <summary>A text, null, or an array of blocks.</summary>
    public void ReadContent()
    {
        if (!Body.BeginContent())
        {
            return;
        }

        while (Body.Json.Read() && Body.Json.TokenType != JsonTokenType.EndArray)
        {
            if (Body.Json.TokenType == JsonTokenType.StartObject)
            {
                ReadBlock();
            }
            else
            {
                Body.Json.Skip();
            }
        }
    }

    private void ReadBlock()
    {
        var (types, sources) = (0, 0);
        var isCited = false;
        string? type = null, source = null;
        long dataBytes = 0;
        ByteRange text = default;
        while (Body.NextName())
        {
            var isType = Body.Json.ValueTextEquals("type"u8);
            var isSource = Body.Json.ValueTextEquals("source"u8);
            var isContent = Body.Json.ValueTextEquals("content"u8);
            var isCitations = Body.Json.ValueTextEquals("citations"u8);
            if (!(isType || isSource || isContent || isCitations))
            {
                Body.Guard(BlockNames);
            }

            Body.Json.Read();
            if (isType)
            {
                types++;
                type = Body.ReadText();
            }
            else if (isSource && Body.Json.TokenType == JsonTokenType.StartObject)
            {
                sources++;
                source = ReadSource(out dataBytes, out text);
            }
            else if (isContent)
            {
                // Of a tool's result, a search result, a document in blocks.
                ReadContent();
            }
            else if (isCitations && Body.Json.TokenType == JsonTokenType.StartObject)
            {
                isCited |= IsEnabled();
            }
            else
            {
                Body.Json.Skip();
            }
        }

        if (types > 1 || sources > 1)
        {
            Body.Refuse(ApiError.Malformed("A block has one 'type' and one 'source'.", "messages"));
        }

        Bound(type, source, dataBytes);
        if (isCited)
        {
            request.Count(AddedPrompts.Citations);
            if (type == "document" && text.End > text.Start)
            {
                CitedText.Count(request, text);
            }
        }
    }

    /// <summary>Whether what may be cited says that it is to be: at the object, afterwards at its end.</summary>
    private bool IsEnabled()
    {
        var isEnabled = false;
        while (Body.NextName())
        {
            var isSwitch = Body.Json.ValueTextEquals("enabled"u8);
            if (!isSwitch)
            {
                Body.Guard(CitationNames);
            }

            Body.Json.Read();
            isEnabled |= isSwitch && Body.Json.TokenType is not (JsonTokenType.False or JsonTokenType.Null);
            Body.Json.Skip();
        }

        return isEnabled;
    }

    private void Bound(string? type, string? source, long dataBytes)
    {
        switch (type, source)
        {
            case ("text" or "tool_use" or "tool_result" or "thinking" or "redacted_thinking" or "search_result", null):
            case ("document", "text" or "content"):
                break;
            case ("image", "base64" or "url"):
                request.Images++;
                request.BytesBesideText += source == "base64" ? dataBytes : 0;
                break;
            case ("document", _):
                Body.Refuse(ApiError.Unbounded("A document's pages become images, whose number is not known before it is sent, so it is not served. Send its text.", "messages"));
                break;
            default:
                Body.Refuse(ApiError.Unbounded(
                    $"Content of type '{BodyReader.Quote(type)}'{(source is null ? "" : $" from '{BodyReader.Quote(source)}'")} cannot be bounded in cost, so it is not served. Send text, or images as base64 or by url.", "messages"));
                break;
        }
    }

    /// <summary>The source's type; <c>?</c> where it has none, or more than one.</summary>
    /// <param name="text">Where its content stands that is one text, quotes included; empty where it has none.</param>
    private string ReadSource(out long dataBytes, out ByteRange text)
    {
        string? type = null;
        var (types, contents) = (0, 0);
        dataBytes = 0;
        text = default;
        while (Body.NextName())
        {
            var isType = Body.Json.ValueTextEquals("type"u8);
            var isData = Body.Json.ValueTextEquals("data"u8);
            var isContent = Body.Json.ValueTextEquals("content"u8);
            if (!(isType || isData || isContent))
            {
                Body.Guard(SourceNames);
            }

            Body.Json.Read();
            if (isType)
            {
                types++;
                type = Body.ReadText();
                continue;
            }

            if (isData || isContent)
            {
                contents++;
                dataBytes += isData && Body.Json.TokenType == JsonTokenType.String ? Body.Json.ValueSpan.Length : 0;
                text = Body.Json.TokenType == JsonTokenType.String ? Body.RangeFrom((int)Body.Json.TokenStartIndex) : text;
            }

            if (isContent)
            {
                ReadContent();
            }
            else
            {
                Body.Json.Skip();
            }
        }

        if (contents > 1)
        {
            Body.Refuse(ApiError.Malformed("A source has one 'data' or 'content'.", "messages"));
        }

        return types == 1 ? type ?? "?" : "?";
    }
}
