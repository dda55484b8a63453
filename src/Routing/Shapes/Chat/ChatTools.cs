using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Chat;

/// <summary>
/// Reads tools. The caller's own are text. Others run at the provider, which bills them apart; of some only a name tells it, such as <c>{"google_search": {}}</c>, so a tool must say that it is the caller's:
/// by its type, or by what describes it.
/// </summary>
internal static class ChatTools
{
    private static readonly FieldNames Names = new("type", "function", "custom", "name");

    public static void Read(ref BodyReader body)
    {
        if (!body.BeginArray("tools"))
        {
            return;
        }

        while (body.NextObject("tools"))
        {
            ReadTool(ref body);
        }
    }

    private static void ReadTool(ref BodyReader body)
    {
        var (isOwn, other) = (false, "");
        while (body.NextName())
        {
            var isType = body.Json.ValueTextEquals("type"u8);
            var describes = body.Json.ValueTextEquals("function"u8) || body.Json.ValueTextEquals("custom"u8) || body.Json.ValueTextEquals("name"u8);
            if (!isType && !describes)
            {
                body.Guard(Names);
                other = isOwn || other.Length > 0 ? other : body.Json.GetString()!;
            }

            var ofProvider = ProviderTools.NameAt(in body);
            body.Json.Read();
            ProviderTools.RefuseAt(ref body, ofProvider);
            isOwn |= describes && body.Json.TokenType != JsonTokenType.Null;
            if (isType && body.Json.TokenType == JsonTokenType.String)
            {
                isOwn = true;
                RefuseUnlessOwn(ref body);
            }

            body.Json.Skip();
        }

        if (!isOwn)
        {
            ProviderTools.Refuse(ref body, other);
        }
    }

    private static void RefuseUnlessOwn(ref BodyReader body)
    {
        if (!body.Json.ValueTextEquals("function"u8) && !body.Json.ValueTextEquals("custom"u8))
        {
            ProviderTools.Refuse(ref body, body.Json.GetString()!);
        }
    }
}
