using System.Text.Json;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary>How answers are shown that many commands have.</summary>
internal static class Answers
{
    /// <summary>A change's answer: as JSON on stdout, or one sentence for people on stderr.</summary>
    public static void Answer(this KtEnvironment environment, OutputFormat format, JsonDocument answer, string sentence)
    {
        if (format == OutputFormat.Json)
        {
            environment.Printer(format).Json(answer.RootElement);
        }
        else
        {
            environment.Error.WriteLine(sentence);
        }
    }

    /// <summary>
    /// Changes of several things, one after another: <paramref name="tell"/> says of each for people what was answered; as JSON the answers are one document, as a list of such
    /// things has it. The first that fails ends it, and what was done until then is in the document, for the failure does not take it back.
    /// </summary>
    /// <param name="array">The document's only field.</param>
    public static async Task AnswerEachAsync<T>(
        this Printer printer, string array, IReadOnlyCollection<T> things, Func<T, Task<JsonDocument>> change, Action<T, JsonElement> tell)
    {
        var answers = new List<JsonElement>();
        try
        {
            foreach (var thing in things)
            {
                using var answer = await change(thing);
                answers.Add(answer.RootElement.Clone());
                if (!printer.IsJson)
                {
                    tell(thing, answer.RootElement);
                }
            }
        }
        finally
        {
            if (printer.IsJson && (answers.Count > 0 || things.Count == 0))
            {
                printer.Json(JsonSerializer.SerializeToElement(new Dictionary<string, List<JsonElement>> { [array] = answers }));
            }
        }
    }

    /// <summary>A list's answer: the API's JSON, or the rows of one of its arrays as a table.</summary>
    public static void Rows(this Printer printer, JsonElement answer, IReadOnlyList<string> columns, string array, Func<JsonElement, IReadOnlyList<string>> row)
    {
        if (printer.IsJson)
        {
            printer.Json(answer);
        }
        else
        {
            printer.List(columns, answer.GetProperty(array).EnumerateArray().Select(row));
        }
    }

    /// <summary>Columns of a list of which those of money name the currency that its rows are in.</summary>
    /// <param name="rows">The list; one of nothing has none.</param>
    /// <param name="money">The names of the columns of money, without what aligns them.</param>
    public static IReadOnlyList<string> In(this IReadOnlyList<string> columns, JsonElement rows, params ReadOnlySpan<string> money) =>
        columns.In(rows.EnumerateArray().Select(row => row.Text("currency")).FirstOrDefault(name => name.Length > 0, ""), money);

    /// <summary>As above, in the currency that the whole answer has; "": it has none.</summary>
    public static IReadOnlyList<string> In(this IReadOnlyList<string> columns, string currency, params ReadOnlySpan<string> money)
    {
        HashSet<string> names = [.. money];
        return currency.Length == 0 ? columns : [.. columns.Select(column => names.Contains(column.TrimStart('>')) ? $"{column} {currency}" : column)];
    }

    /// <summary>An answer: the API's JSON, or what <paramref name="print"/> makes of it for people.</summary>
    public static void Show(this Printer printer, JsonElement answer, Action<Printer, JsonElement> print)
    {
        if (printer.IsJson)
        {
            printer.Json(answer);
        }
        else
        {
            print(printer, answer);
        }
    }

    /// <summary>An answer: the API's JSON, or what <paramref name="print"/> writes for people.</summary>
    public static void Show(this Printer printer, JsonElement answer, Action print) => printer.Show(answer, (_, _) => print());

    /// <summary>Below a table of versions that is not the last page. A platform of a release before may not say it.</summary>
    public static void TellOfOlder(this KtEnvironment environment, Printer printer, JsonDocument answer)
    {
        if (!printer.IsJson && answer.RootElement.TryGetProperty("next_before", out var next) && next.ValueKind == JsonValueKind.Number)
        {
            environment.Error.WriteLine($"More: --before {next.GetRawText()}");
        }
    }

    /// <summary>Below a table that is not the last page.</summary>
    public static void TellOfMore(this KtEnvironment environment, Printer printer, JsonDocument answer)
    {
        if (!printer.IsJson && answer.RootElement.Text("next_page_token") is { Length: > 0 } next)
        {
            environment.Error.WriteLine($"More: --page {next}");
        }
    }
}
