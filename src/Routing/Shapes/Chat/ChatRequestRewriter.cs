using System.Globalization;
using System.Text.Json;
using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Shapes.Chat;

/// <summary>
/// Makes the body that goes upstream: the caller's bytes, but for the model, the output cap, the service tier and
/// <c>stream_options</c>.
/// </summary>
internal static class ChatRequestRewriter
{
    private const string MaxTokens = "max_tokens";

    /// <param name="outputCap">Tokens an answer; at least 1.</param>
    public static byte[] Rewrite(ChatRequest request, RouteTarget target, long outputCap)
    {
        var edits = new BodyEdits();
        if (request.Model != target.Model)
        {
            edits.Replace(request.ModelRange, $"\"{JsonEncodedText.Encode(target.Model)}\"");
        }

        var appended = AddOutputCap(edits, request, target, outputCap) + TierField.Set(edits, request, target) + AddUsage(edits, request, target);
        if (appended.Length > 0)
        {
            edits.Insert(request.ClosingBrace, appended);
        }

        return edits.IsEmpty ? request.Body : edits.Apply(request.Body);
    }

    /// <summary>
    /// Sets the cap in the field that the target takes, and in no other: a server that does not know the caller's field ignores it, and with it the cap. Answers what is to be appended.
    /// </summary>
    private static string AddOutputCap(BodyEdits edits, ChatRequest request, RouteTarget target, long outputCap)
    {
        var cap = outputCap.ToString(CultureInfo.InvariantCulture);
        var (taken, other) = target.OutputCapField == MaxTokens ? (request.MaxTokens, request.MaxCompletionTokens) : (request.MaxCompletionTokens, request.MaxTokens);
        if (taken is null && other is null)
        {
            return $",\"{target.OutputCapField}\":{cap}";
        }

        if (taken is null)
        {
            edits.Replace(other!.Value.Name, $"\"{target.OutputCapField}\"");
        }
        else if (other is { } ignored)
        {
            edits.Remove(request.Body, new ByteRange(ignored.Name.Start, ignored.Range.End));
        }

        var kept = taken ?? other!.Value;
        if (kept.Value != outputCap)
        {
            edits.Replace(kept.Range, cap);
        }

        return "";
    }

    /// <summary>
    /// Has the provider say the usage at the end of a stream. Of the caller's options only that and <c>include_obfuscation</c> are passed on: others change where usage stands, such as vLLM's
    /// <c>continuous_usage_stats</c>. Where usage comes unasked nothing of it is sent, for such servers refuse the field.
    /// </summary>
    private static string AddUsage(BodyEdits edits, ChatRequest request, RouteTarget target)
    {
        if (target.TellsUsageUnasked)
        {
            if (request.StreamOptionsRange is { } unknown)
            {
                edits.Remove(request.Body, new ByteRange(request.StreamOptionsName.Start, unknown.End));
            }

            return "";
        }

        if (!request.Stream || request.StreamOptionsAreOurs)
        {
            return "";
        }

        var options = request.Obfuscation is { } obfuscated
            ? $"{{\"include_usage\":true,\"include_obfuscation\":{(obfuscated ? "true" : "false")}}}"
            : "{\"include_usage\":true}";
        if (request.StreamOptionsRange is not { } range)
        {
            return $",\"stream_options\":{options}";
        }

        edits.Replace(range, options);
        return "";
    }
}
