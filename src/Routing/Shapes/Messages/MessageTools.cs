using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Messages;

/// <summary>
/// Reads tools, what edits the context and the format of the answer. The caller's own tools are text, and with any tool Anthropic adds a system prompt of its own. Of tools that it describes
/// for the caller to run, it publishes how many tokens the description is (https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview#pricing); those that it
/// runs itself are billed apart.
/// </summary>
internal static class MessageTools
{
    private static readonly FieldNames TypeNames = new("type");
    private static readonly FieldNames EditsNames = new("edits");
    private static readonly FieldNames FormatNames = new("format");

    private static readonly (string Prefix, int Tokens)[] Described = [("bash_", 245), ("text_editor_", 700), ("computer_", 735 + 499)];

    public static void Read(ref BodyReader body, MessagesRequest request)
    {
        if (body.Json.TokenType == JsonTokenType.StartArray)
        {
            request.Count(AddedPrompts.Tools);
        }

        ForEachType(ref body, "tools", request, static (type, request) =>
        {
            if (type is "custom")
            {
                return null;
            }

            foreach (var (prefix, tokens) in Described)
            {
                if (type.StartsWith(prefix, StringComparison.Ordinal))
                {
                    request.CountBesideText(tokens, tokens);
                    return null;
                }
            }

            return ApiError.Unbounded(
                $"The tool '{BodyReader.Quote(type)}' is the provider's, and what it costs is not bounded, so it is not served. Send tools of your own, with a name and an input_schema.", "tools");
        });
    }

    /// <summary>Anthropic explains a format of the answer to the model: at the value of <c>output_format</c>.</summary>
    public static void ReadFormat(ref BodyReader body, MessagesRequest request)
    {
        if (body.Json.TokenType != JsonTokenType.Null)
        {
            request.Count(AddedPrompts.Format);
        }

        body.Json.Skip();
    }

    /// <summary>Likewise: at the value of <c>output_config</c>, whose <c>format</c> is one.</summary>
    public static void ReadOutputConfig(ref BodyReader body, MessagesRequest request)
    {
        if (body.Json.TokenType != JsonTokenType.StartObject)
        {
            body.Json.Skip();
            return;
        }

        while (body.NextName())
        {
            var isFormat = body.Json.ValueTextEquals("format"u8);
            if (!isFormat)
            {
                body.Guard(FormatNames);
            }

            body.Json.Read();
            if (isFormat)
            {
                ReadFormat(ref body, request);
            }
            else
            {
                body.Json.Skip();
            }
        }
    }

    /// <summary>Clearing what is there costs nothing; compacting it is a further answer that no cap bounds.</summary>
    public static void ReadContextManagement(ref BodyReader body)
    {
        if (body.Json.TokenType != JsonTokenType.StartObject)
        {
            body.Json.Skip();
            return;
        }

        while (body.NextName())
        {
            var isEdits = body.Json.ValueTextEquals("edits"u8);
            if (!isEdits)
            {
                body.Guard(EditsNames);
            }

            body.Json.Read();
            if (!isEdits)
            {
                body.Json.Skip();
                continue;
            }

            ForEachType(ref body, "context_management.edits", null!, static (type, _) => type.StartsWith("clear_", StringComparison.Ordinal) ? null : ApiError.Unbounded(
                $"The edit '{BodyReader.Quote(type)}' generates beyond 'max_tokens', so it is not served. Edits that clear are.", "context_management"));
        }
    }

    /// <summary>Looks at the types of the objects of an array; one without a type is the caller's own.</summary>
    private static void ForEachType(ref BodyReader body, string name, MessagesRequest request, Func<string, MessagesRequest, ApiError?> check)
    {
        if (!body.BeginArray(name))
        {
            return;
        }

        while (body.NextObject(name))
        {
            while (body.NextName())
            {
                var isType = body.Json.ValueTextEquals("type"u8);
                if (!isType)
                {
                    body.Guard(TypeNames);
                }

                var ofProvider = ProviderTools.NameAt(in body);
                body.Json.Read();
                ProviderTools.RefuseAt(ref body, ofProvider);
                if (isType && body.Json.TokenType == JsonTokenType.String && check(body.Json.GetString()!, request) is { } refused)
                {
                    body.Refuse(refused);
                }

                body.Json.Skip();
            }
        }
    }
}
