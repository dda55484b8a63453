using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Platform.Routing.Shapes;

namespace Platform.Routing.Resilience;

/// <summary>
/// What a proxy was told by its own provider, out of what it makes of that. LiteLLM's puts the names of its exceptions and its provider's before the provider's words, or before the whole of its error: as JSON, as Python writes bytes
/// (<c>b'{…}'</c>), or as Python writes an object, which OpenAI's client does with <c>Error code: 404 - </c> before it. Nothing of what stands before is a caller's. What stands behind shows whose the object is: a provider's words may begin with
/// what a caller sent (<c>{'error': …} is not of type 'string'</c>), and an error is believed only where it is all that there is.
/// </summary>
internal static partial class RelayedError
{
    /// <summary>One behind another.</summary>
    private const int MostProxies = 4;

    /// <summary>More than the names of exceptions before an error ever are.</summary>
    private const int MostBefore = 500;

    /// <summary>In characters. Longer than errors are: what is longer repeats what was sent, and reading it as an object costs several times its size.</summary>
    private const int LongestError = 65_536;

    /// <summary>What clients say themselves of a connection that they lost: the provider has said nothing, and may bill what it was sent.</summary>
    private static readonly string[] Losses = ["Connection error", "Request timed out", "Timeout", "Server disconnected", "peer closed connection", "Response payload is not completed"];

    /// <summary>The error as who runs the model said it, as far as it can be told; as it is where no proxy made it.</summary>
    public static ProviderError Unwrap(ProviderError error)
    {
        for (var proxy = 0; proxy < MostProxies; proxy++)
        {
            var names = Names().Match(error.Message, 0, Math.Min(error.Message.Length, MostBefore));
            var before = names.Length + StatusBefore().Match(error.Message, names.Length, Math.Min(error.Message.Length - names.Length, MostBefore)).Length;
            if (before == 0)
            {
                break;
            }

            var rest = error.Message[before..];
            var (classes, by) = (names.Groups["class"].Captures, names.Groups["by"].Value);
            var told = ReadWhole(rest);
            error = (told.IsTheirs ? told : error with { Message = rest }) with
            {
                Status = told.Status != 0 ? told.Status : error.Status,
                HasGenerated = error.HasGenerated || told.HasGenerated,
                IsAzures = error.IsAzures || by.StartsWith("Azure", StringComparison.OrdinalIgnoreCase),
                IsLost = !told.IsTheirs && (Has(classes, "APIConnectionError") || Has(classes, "Timeout") || Array.Exists(Losses, loss => rest.StartsWith(loss, StringComparison.OrdinalIgnoreCase))),
            };
            error = Has(classes, "ContextWindowExceededError") ? error with { Code = "context_length_exceeded" }
                : Has(classes, "ContentPolicyViolationError") ? error with { Code = "content_policy_violation" }
                : error;
        }

        return error;
    }

    private static bool Has(CaptureCollection classes, string name) => classes.Any(one => one.ValueSpan.SequenceEqual(name));

    /// <summary>The error that the text is; none where it is another text, or goes on behind it.</summary>
    private static ProviderError ReadWhole(string text)
    {
        if (text.Length > LongestError)
        {
            return ProviderError.None;
        }

        if (text is ['b', '\'' or '"', ..])
        {
            var quoted = PythonText.TryReadString(text.AsSpan(1), out var content);
            var bytes = Encoding.UTF8.GetBytes(content);
            return quoted > 0 && Ends(text.AsSpan(1 + quoted)) && LengthOfJson(bytes) == bytes.AsSpan().TrimEnd(" \t\r\n"u8).Length ? ProviderError.ReadPlain(bytes) : ProviderError.None;
        }

        if (text is not ['{', ..])
        {
            return ProviderError.None;
        }

        var json = Encoding.UTF8.GetBytes(text);
        var length = LengthOfJson(json);
        if (length > 0)
        {
            return Ends(Encoding.UTF8.GetString(json.AsSpan(length))) ? ProviderError.ReadPlain(json.AsSpan(0, length)) : ProviderError.None;
        }

        return PythonText.ToJson(text, out var read) is { } written && Ends(text.AsSpan(read)) ? ProviderError.ReadPlain(Encoding.UTF8.GetBytes(written)) : ProviderError.None;
    }

    /// <summary>True where a proxy may have added what follows its provider's words, and nobody else has.</summary>
    private static bool Ends(ReadOnlySpan<char> behind) => Behind().IsMatch(behind);

    /// <summary>In bytes, of the object or list that they begin with; 0 where they begin with none, or it is cut off.</summary>
    private static int LengthOfJson(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = AnswerJson.Reader(bytes);
            if (!reader.Read())
            {
                return 0;
            }

            reader.Skip();
            return (int)reader.BytesConsumed;
        }
        catch (JsonException)
        {
            // A proxy may write what it likes.
            return 0;
        }
    }

    [GeneratedRegex(@"^litellm\.(?<class>\w+): (?:(?:litellm\.)?(?<class>\w+Error|Timeout): )*(?:(?<by>\w+?) ?(?:Exception|Error)(?: \w+Error)? - )?", RegexOptions.CultureInvariant)]
    private static partial Regex Names();

    /// <summary>To the end: a text of a caller's may go on as a proxy does.</summary>
    [GeneratedRegex(@"^\s*(?:\.? ?Received Model Group=\S*\s*)?(?:Available Model Group Fallbacks=(?:None|\[[^\]\n]*\])\s*)?(?:LiteLLM Retried: \d+ times)?(?:, LiteLLM Max Retries: \d+)?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Behind();

    [GeneratedRegex(@"^Error code: [1-5][0-9][0-9] - (?=\{)", RegexOptions.CultureInvariant)]
    private static partial Regex StatusBefore();
}
