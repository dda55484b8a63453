using System.Text;
using System.Text.RegularExpressions;

namespace Platform.Routing.Resilience;

/// <summary>
/// What a proxy was told by its own provider, out of what it makes of that. LiteLLM's puts the names of its exceptions and its provider's before the provider's words, or before the whole of its error: as JSON, as Python writes bytes
/// (<c>b'{…}'</c>), or as Python writes an object, which OpenAI's client does with <c>Error code: 404 - </c> before it. Nothing of what stands before is a caller's, and what a caller sent stays within the texts of an error that is read as one.
/// </summary>
internal static partial class RelayedError
{
    /// <summary>One behind another.</summary>
    private const int MostProxies = 4;

    /// <summary>More than the names of exceptions before an error ever are.</summary>
    private const int MostBefore = 500;

    /// <summary>What clients say themselves of a connection that they lost: the provider has said nothing, and may bill what it was sent.</summary>
    private static readonly string[] Losses = ["Connection error", "Request timed out", "Timeout", "Server disconnected", "peer closed connection", "Response payload is not completed"];

    /// <summary>The error as who runs the model said it, as far as it can be told; as it is where no proxy made it.</summary>
    public static ProviderError Unwrap(ProviderError error)
    {
        for (var proxy = 0; proxy < MostProxies; proxy++)
        {
            var names = Names().Match(error.Message, 0, Math.Min(error.Message.Length, MostBefore));
            var rest = error.Message[names.Length..];
            rest = rest[StatusBefore().Match(rest, 0, Math.Min(rest.Length, MostBefore)).Length..];
            if (rest.Length == error.Message.Length)
            {
                break;
            }

            var (classes, by) = (names.Groups["class"].Captures, names.Groups["by"].Value);
            var told = ReadWhole(rest);
            error = (told.IsTheirs ? told : error with { Message = rest }) with
            {
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

    /// <summary>The error that the text begins with; none where it begins otherwise.</summary>
    private static ProviderError ReadWhole(string text)
    {
        if (text is ['b', '\'' or '"', ..] && PythonText.TryReadString(text.AsSpan(1), out var bytes) > 0)
        {
            return ProviderError.ReadPlain(Encoding.UTF8.GetBytes(bytes));
        }

        if (text is not ['{', ..])
        {
            return ProviderError.None;
        }

        var json = ProviderError.ReadPlain(Encoding.UTF8.GetBytes(text));
        return json.IsTheirs ? json : PythonText.ToJson(text) is { } written ? ProviderError.ReadPlain(Encoding.UTF8.GetBytes(written)) : ProviderError.None;
    }

    [GeneratedRegex(@"^litellm\.(?<class>\w+): (?:(?:litellm\.)?(?<class>\w+Error|Timeout): )*(?:(?<by>\w+?) ?(?:Exception|Error)(?: \w+Error)? - )?", RegexOptions.CultureInvariant)]
    private static partial Regex Names();

    [GeneratedRegex(@"^Error code: [1-5][0-9][0-9] - (?=\{)", RegexOptions.CultureInvariant)]
    private static partial Regex StatusBefore();
}
