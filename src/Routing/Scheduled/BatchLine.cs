using System.Text.Json;

namespace Platform.Routing.Scheduled;

/// <summary>One request of a file, in OpenAI's batch form: <c>{"custom_id":"…","method":"POST","url":"/v1/chat/completions","body":{…}}</c>.</summary>
internal sealed record BatchLine(string CustomId, string Path, byte[] Body)
{
    private const int MaxCustomIdLength = 200;

    /// <summary>Null when the line is well formed, else what is wrong with it. Never throws, whatever the bytes.</summary>
    public static string? TryRead(ReadOnlyMemory<byte> utf8, out BatchLine? line)
    {
        line = null;
        try
        {
            using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = 256 });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return "it is no JSON object";
            }

            if (Text(root, "custom_id") is not { Length: > 0 and <= MaxCustomIdLength } customId || customId.Any(char.IsControl))
            {
                return $"custom_id must be a text of 1 to {MaxCustomIdLength} characters";
            }

            if (Text(root, "method") is not (null or "POST"))
            {
                return "method must be POST";
            }

            if (Text(root, "url") is not { Length: > 0 } url)
            {
                return "url is missing: the AI route, such as /v1/chat/completions";
            }

            if (!root.TryGetProperty("body", out var body) || body.ValueKind != JsonValueKind.Object)
            {
                return "body must be the request, a JSON object";
            }

            line = new BatchLine(customId, url, System.Text.Encoding.UTF8.GetBytes(body.GetRawText()));
            return null;
        }
        catch (JsonException exception)
        {
            // No text of JSON has a zero; every other byte of western text in UTF-16 is one.
            return utf8.Span.Contains((byte)0) ? "it looks like UTF-16: send the file in UTF-8" : $"it is no JSON (byte {exception.BytePositionInLine + 1})";
        }
        catch (InvalidOperationException)
        {
            return "it holds text that is no valid Unicode (half of a surrogate pair)";
        }
    }

    private static string? Text(JsonElement root, string name) =>
        !root.TryGetProperty(name, out var value) ? null : value.ValueKind == JsonValueKind.String ? value.GetString() : "";
}
