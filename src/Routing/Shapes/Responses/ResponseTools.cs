using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes.Responses;

/// <summary>
/// Reads tools. The caller's own are text, also in groups. Of those that the provider describes and the caller runs, how long the description is is not published, so only the model's
/// context window bounds it. All others run at the provider: they are billed apart, and what they find is read by the model again and again.
/// </summary>
internal static class ResponseTools
{
    private static readonly FieldNames Names = new("type", "tools");

    /// <summary>Groups in groups are more than any provider takes, and this reads them by recursion.</summary>
    private const int DeepestGroup = 2;

    public static void Read(ref BodyReader body, ResponsesRequest request) => Read(ref body, request, depth: 0);

    private static void Read(ref BodyReader body, ResponsesRequest request, int depth)
    {
        if (!body.BeginArray("tools"))
        {
            return;
        }

        while (body.NextObject("tools"))
        {
            ReadTool(ref body, request, depth);
        }
    }

    private static void ReadTool(ref BodyReader body, ResponsesRequest request, int depth)
    {
        var isTyped = false;
        while (body.NextName())
        {
            var isType = body.Json.ValueTextEquals("type"u8);
            var isGroup = body.Json.ValueTextEquals("tools"u8);
            if (!isType && !isGroup)
            {
                body.Guard(Names);
            }

            var ofProvider = ProviderTools.NameAt(in body);
            body.Json.Read();
            ProviderTools.RefuseAt(ref body, ofProvider);
            if (isType && body.ReadText() is { } type)
            {
                isTyped = true;
                Bound(ref body, request, type);
            }
            else if (isGroup && depth == DeepestGroup)
            {
                body.Refuse(ApiError.Malformed("'tools' has groups in groups in groups, which no provider takes.", "tools"));
                body.Json.Skip();
            }
            else if (isGroup)
            {
                Read(ref body, request, depth + 1);
            }
            else if (!isType)
            {
                body.Json.Skip();
            }
        }

        if (!isTyped)
        {
            Bound(ref body, request, "");
        }
    }

    private static void Bound(ref BodyReader body, ResponsesRequest request, string type)
    {
        switch (type)
        {
            case "function" or "custom" or "namespace":
                break;
            case "local_shell" or "apply_patch":
                request.BoundByContext ??= $"The tool '{type}' is described by the provider";
                break;
            default:
                body.Refuse(ApiError.Unbounded(
                    $"Tools of type '{BodyReader.Quote(type)}' run at the provider and are billed apart, so they are not served. Send tools of type function or custom, which you run.", "tools"));
                break;
        }
    }
}
