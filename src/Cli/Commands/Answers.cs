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

    /// <summary>Below a table that is not the last page.</summary>
    public static void TellOfMore(this KtEnvironment environment, Printer printer, JsonDocument answer)
    {
        if (!printer.IsJson && answer.RootElement.Text("next_page_token") is { Length: > 0 } next)
        {
            environment.Error.WriteLine($"More: --page {next}");
        }
    }
}
