using System.Globalization;
using System.Text.Json;
using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Shapes.Chat;

/// <summary>
/// Makes the body that goes upstream: the caller's bytes, but for the model, the output cap, the service tier and
/// <c>stream_options.include_usage</c>.
/// </summary>
internal static class ChatRequestRewriter
{
    /// <param name="outputCap">Tokens an answer; at least 1.</param>
    public static byte[] Rewrite(ChatRequest request, RouteTarget target, long outputCap)
    {
        var edits = new BodyEdits();
        if (request.Model != target.Model)
        {
            edits.Replace(request.ModelRange, $"\"{JsonEncodedText.Encode(target.Model)}\"");
        }

        var appended = AddOutputCap(edits, request, target, outputCap) + TierField.Set(edits, request, target) + AddUsage(edits, request);
        if (appended.Length > 0)
        {
            edits.Insert(request.ClosingBrace, appended);
        }

        return edits.Apply(request.Body);
    }

    /// <summary>Sets the cap in the fields that the caller used, else in the one that the model takes; answers what is to be appended.</summary>
    private static string AddOutputCap(BodyEdits edits, ChatRequest request, RouteTarget target, long outputCap)
    {
        var cap = outputCap.ToString(CultureInfo.InvariantCulture);
        if (request.AskedCap is not null)
        {
            AddCapEdit(edits, request.MaxTokens, request.MaxTokensRange, outputCap, cap);
            AddCapEdit(edits, request.MaxCompletionTokens, request.MaxCompletionTokensRange, outputCap, cap);
            return "";
        }

        // No cap, or the field with null in it.
        var nullRange = target.OutputCapField == "max_tokens" ? request.MaxTokensRange : request.MaxCompletionTokensRange;
        if (nullRange is { } range)
        {
            edits.Replace(range, cap);
            return "";
        }

        return $",\"{target.OutputCapField}\":{cap}";
    }

    private static void AddCapEdit(BodyEdits edits, long? asked, ByteRange? range, long outputCap, string cap)
    {
        if (asked is not null && asked != outputCap)
        {
            edits.Replace(range!.Value, cap);
        }
    }

    private static string AddUsage(BodyEdits edits, ChatRequest request)
    {
        if (!request.Stream || request.UsageAsked)
        {
            return "";
        }

        if (request.StreamOptionsRange is not { } options)
        {
            return ",\"stream_options\":{\"include_usage\":true}";
        }

        if (!request.StreamOptionsIsObject)
        {
            edits.Replace(options, "{\"include_usage\":true}");
        }
        else if (request.IncludeUsageRange is { } usage)
        {
            edits.Replace(usage, "true");
        }
        else
        {
            edits.Insert(options.End - 1, (request.StreamOptionsIsEmpty ? "" : ",") + "\"include_usage\":true");
        }

        return "";
    }
}
