using System.Text;
using System.Text.Json;
using Platform.Cli.TextFiles;

namespace Platform.Cli.ProviderFiles;

/// <summary>What a file of a provider's pages is.</summary>
internal enum PageShape
{
    OpenAiUsage,
    OpenAiCosts,
    AnthropicUsage,
    AnthropicCosts,
}

/// <summary>A bucket of time that pages cover, with rows or without.</summary>
/// <param name="Shape">Null for a page without any row, beside others of several kinds: it looks the same in usage and costs, and of every kind of usage.</param>
internal readonly record struct Bucket(PageShape? Shape, DateTimeOffset From, DateTimeOffset Until);

/// <summary>
/// A provider's pages of usage or costs as they were downloaded: one page, an array of pages, or one page after another, in any order. All of a file is checked before any
/// of it is used.
/// </summary>
internal sealed record ProviderFile(IReadOnlyList<UsageRow> Usage, IReadOnlyList<CostRow> Costs, IReadOnlyList<Bucket> Buckets)
{
    /// <exception cref="KtError">A file cannot be read; every wrong field is named with its place, up to a limit.</exception>
    public static ProviderFile Read(IReadOnlyList<string> paths)
    {
        var problems = new FileProblems();
        var reader = new PageReader(problems);
        foreach (var path in paths)
        {
            var bytes = TextFile.ReadBytes(path);
            reader.NextFile();
            ReadFile(bytes, Path.GetFileName(path), reader, problems);
        }

        reader.CheckLastPages();
        problems.ThrowIfAny();
        return reader.Rows();
    }

    private static void ReadFile(byte[] bytes, string name, PageReader reader, FileProblems problems)
    {
        if (Parse(bytes, out var syntax) is { } document)
        {
            using (document)
            {
                var root = document.RootElement;
                var pages = root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : new[] { root };
                for (var index = 0; index < pages.Length; index++)
                {
                    reader.Read(pages[index], pages.Length == 1 ? name : $"{name}: page {index + 1}");
                }
            }

            return;
        }

        if (Values(bytes) is { } values)
        {
            values.ForEach(page => reader.Read(page.Value, $"{name}: line {page.Line}"));
            return;
        }

        if (!MayBePages(bytes))
        {
            problems.Add(name, "is no JSON. It must be what the provider's API of costs or usage answers; a CSV of its console is not read.");
            return;
        }

        // One page a line, some of which are no JSON: each is told.
        var lines = Encoding.UTF8.GetString(bytes).Split('\n');
        if (lines.Count(line => line.AsSpan().Trim().Length > 0) < 2 || Parse(Encoding.UTF8.GetBytes(lines.First(line => line.AsSpan().Trim().Length > 0)), out _) is not { } first)
        {
            problems.Add($"{name}: line {syntax.Line}, byte {syntax.Byte}", "here the file stops being JSON. Is it whole?");
            return;
        }

        first.Dispose();
        for (var index = 0; index < lines.Length; index++)
        {
            ReadLine(lines[index], $"{name}: line {index + 1}", reader, problems);
        }
    }

    /// <summary>By its first byte: pages are objects or lists of them. One that ended before it has begun may have been some.</summary>
    private static bool MayBePages(byte[] bytes) => bytes.AsSpan().TrimStart(" \t\r\n"u8) is [] or [(byte)'{' or (byte)'[', ..];

    /// <summary>One value after another, each with the line that it begins on, however many it has; null where something is no JSON.</summary>
    private static List<(JsonElement Value, int Line)>? Values(byte[] bytes)
    {
        var values = new List<(JsonElement, int)>();
        try
        {
            var json = new Utf8JsonReader(bytes, new JsonReaderOptions { AllowMultipleValues = true });
            for (var (line, counted) = (1, 0); json.Read(); counted = (int)json.BytesConsumed)
            {
                var begin = (int)json.TokenStartIndex;
                line += bytes.AsSpan(counted..begin).Count((byte)'\n');
                var value = JsonElement.ParseValue(ref json);
                values.Add((value, line));
                line += bytes.AsSpan(begin..(int)json.BytesConsumed).Count((byte)'\n');
            }
        }
        catch (JsonException)
        {
            return null;
        }

        return values.Count > 0 ? values : null;
    }

    private static void ReadLine(string line, string place, PageReader reader, FileProblems problems)
    {
        if (line.AsSpan().Trim().Length == 0)
        {
            return;
        }

        using var document = Parse(Encoding.UTF8.GetBytes(line), out var syntax);
        if (document is null)
        {
            problems.Add($"{place}, byte {syntax.Byte}", "here the line stops being JSON.");
            return;
        }

        reader.Read(document.RootElement, place);
    }

    private static JsonDocument? Parse(byte[] bytes, out (long Line, long Byte) syntax)
    {
        syntax = default;
        try
        {
            return JsonDocument.Parse(bytes);
        }
        catch (JsonException exception)
        {
            syntax = ((exception.LineNumber ?? 0) + 1, (exception.BytePositionInLine ?? 0) + 1);
            return null;
        }
    }
}
