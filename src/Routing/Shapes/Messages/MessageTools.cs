using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Messages;

/// <summary>
/// Reads tools and what edits the context. The caller's own tools are text, and with any tool Anthropic adds a system prompt of its own. Of tools that it describes
/// for the caller to run, it publishes how many tokens the description is (https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview#pricing); those that it
/// runs itself are billed apart.
/// </summary>
internal static class MessageTools
{
    /// <summary>Published: 159 to 530 tokens, by model and tool choice (https://docs.anthropic.com/en/docs/tool-use-pricing-and-tokens). Models come, so twice the most.</summary>
    private const int SystemPrompt = 2 * 530;

    /// <summary>What most models' prompt is with the usual tool choice.</summary>
    private const int TypicalSystemPrompt = 346;

    private static readonly FieldNames TypeNames = new("type");
    private static readonly FieldNames EditsNames = new("edits");

    private static readonly (string Prefix, int Tokens)[] Described = [("bash_", 245), ("text_editor_", 700), ("computer_", 735 + 499)];

    public static void Read(ref BodyReader body, MessagesRequest request)
    {
        if (body.Json.TokenType == JsonTokenType.StartArray)
        {
            request.CountBesideText(SystemPrompt, TypicalSystemPrompt);
        }

        ForEachType(ref body, request, static (type, request) =>
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

            ForEachType(ref body, null!, static (type, _) => type.StartsWith("clear_", StringComparison.Ordinal) ? null : ApiError.Unbounded(
                $"The edit '{BodyReader.Quote(type)}' generates beyond 'max_tokens', so it is not served. Edits that clear are.", "context_management"));
        }
    }

    /// <summary>Looks at the types of the objects of an array; one without a type is the caller's own.</summary>
    private static void ForEachType(ref BodyReader body, MessagesRequest request, Func<string, MessagesRequest, ApiError?> check)
    {
        if (body.Json.TokenType != JsonTokenType.StartArray)
        {
            body.Json.Skip();
            return;
        }

        while (body.Json.Read() && body.Json.TokenType != JsonTokenType.EndArray)
        {
            if (body.Json.TokenType != JsonTokenType.StartObject)
            {
                body.Json.Skip();
                continue;
            }

            while (body.NextName())
            {
                var isType = body.Json.ValueTextEquals("type"u8);
                if (!isType)
                {
                    body.Guard(TypeNames);
                }

                body.Json.Read();
                if (isType && body.Json.TokenType == JsonTokenType.String && check(body.Json.GetString()!, request) is { } refused)
                {
                    body.Refuse(refused);
                }

                body.Json.Skip();
            }
        }
    }
}
