using System.Globalization;
using System.Text;
using System.Text.Json;
using Platform.Routing.Policies;

namespace Platform.Routing.Chat;

/// <summary>
/// Makes the body that goes upstream: the caller's bytes, but for the model, the output cap and <c>stream_options.include_usage</c>. The changes are spliced
/// in, so every other byte, unknown fields, number formats and spacing included, is the caller's.
/// </summary>
internal static class ChatRequestRewriter
{
    /// <param name="outputCap">Tokens an answer; at least 1.</param>
    public static byte[] Rewrite(ReadOnlySpan<byte> body, ChatRequest request, RouteTarget target, long outputCap)
    {
        var edits = new List<(ByteRange Range, byte[] With)>(6);
        if (request.Model != target.Model)
        {
            edits.Add((request.ModelRange, Utf8($"\"{JsonEncodedText.Encode(target.Model)}\"")));
        }

        var appended = AddOutputCap(edits, request, target, outputCap) + AddUsage(edits, request);
        if (appended.Length > 0)
        {
            edits.Add((new ByteRange(request.ClosingBrace, request.ClosingBrace), Utf8(appended)));
        }

        edits.Sort((left, right) => left.Range.Start.CompareTo(right.Range.Start));
        return Splice(body, edits);
    }

    /// <summary>Sets the cap in the fields that the caller used, else in the one that the model takes; answers what is to be appended.</summary>
    private static string AddOutputCap(List<(ByteRange, byte[])> edits, ChatRequest request, RouteTarget target, long outputCap)
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
            edits.Add((range, Utf8(cap)));
            return "";
        }

        return $",\"{target.OutputCapField}\":{cap}";
    }

    private static void AddCapEdit(List<(ByteRange, byte[])> edits, long? asked, ByteRange? range, long outputCap, string cap)
    {
        if (asked is not null && asked != outputCap)
        {
            edits.Add((range!.Value, Utf8(cap)));
        }
    }

    private static string AddUsage(List<(ByteRange, byte[])> edits, ChatRequest request)
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
            edits.Add((options, Utf8("{\"include_usage\":true}")));
        }
        else if (request.IncludeUsageRange is { } usage)
        {
            edits.Add((usage, Utf8("true")));
        }
        else
        {
            var closing = new ByteRange(options.End - 1, options.End - 1);
            edits.Add((closing, Utf8((request.StreamOptionsIsEmpty ? "" : ",") + "\"include_usage\":true")));
        }

        return "";
    }

    private static byte[] Splice(ReadOnlySpan<byte> body, List<(ByteRange Range, byte[] With)> edits)
    {
        var result = new byte[body.Length + edits.Sum(edit => edit.With.Length - (edit.Range.End - edit.Range.Start))];
        var (read, written) = (0, 0);
        foreach (var (range, with) in edits)
        {
            var kept = body[read..range.Start];
            kept.CopyTo(result.AsSpan(written));
            with.CopyTo(result.AsSpan(written + kept.Length));
            written += kept.Length + with.Length;
            read = range.End;
        }

        body[read..].CopyTo(result.AsSpan(written));
        return result;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
