namespace Platform.Cli.ProviderFiles;

/// <summary>
/// An item of OpenAI's costs, such as "gpt-4o-2024-08-06, cached input", "gpt-audio-2025-08-28 audio, input" or "priority | gpt-5.2, output, long context". It is text
/// for people: what has another form ("web search tool calls") is no model's tokens.
/// </summary>
internal readonly record struct LineItem(string Model, TokenKind? Kind)
{
    public static LineItem Parse(string text)
    {
        var bar = text.LastIndexOf(" | ", StringComparison.Ordinal);
        var item = bar < 0 ? text : text[(bar + 3)..];
        var comma = item.IndexOf(", ", StringComparison.Ordinal);
        if (comma <= 0)
        {
            return new LineItem("", null);
        }

        // A second word before the comma says which of the model's modalities it is.
        var model = item[..comma].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var name, ..] ? name : "";
        return new LineItem(model, KindOf(item[(comma + 2)..]));
    }

    private static TokenKind? KindOf(string words) =>
        words.Contains("cached", StringComparison.OrdinalIgnoreCase) ? TokenKind.CachedInput
        : words.Contains("cache write", StringComparison.OrdinalIgnoreCase) ? TokenKind.CacheWrite
        : words.Contains("output", StringComparison.OrdinalIgnoreCase) ? TokenKind.Output
        : words.Contains("input", StringComparison.OrdinalIgnoreCase) ? TokenKind.Input
        : null;
}
