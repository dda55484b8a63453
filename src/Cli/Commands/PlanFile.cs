using System.Globalization;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;
using Platform.Cli.CsvFiles;
using Platform.Cli.Imports;
using Platform.Cli.TextFiles;

namespace Platform.Cli.Commands;

/// <summary>A CSV of plan items.</summary>
internal static class PlanFile
{
    private static readonly string[] Texts = ["plan_id", "name", "team_id", "workload", "lane", "provider", "model", "starts_on", "ends_on", "owner", "note"];
    private static readonly string[] Wholes = ["ramp_days", "calls_per_day", "input_tokens", "output_tokens"];
    private static readonly string[] Shares = ["probability", "spread"];

    public static IEnumerable<string> Columns => [.. Texts, .. Wholes, .. Shares];

    /// <summary>All rows, each with what is wrong with its figures.</summary>
    /// <exception cref="KtError">The file is no CSV of plan items.</exception>
    public static List<PlanFileRow> Read(string path)
    {
        using var text = TextFile.OpenText(path);
        var isMarked = false;
        using var csv = new CsvReader(
            text, new CsvConfiguration(CultureInfo.InvariantCulture) { TrimOptions = TrimOptions.Trim, MissingFieldFound = null, BadDataFound = _ => isMarked = true });
        if (WrongHeader(csv.Read() && csv.ReadHeader() ? csv.HeaderRecord! : []) is { } wrong)
        {
            throw new KtError(ExitCodes.Failed, $"'{path}' needs a header, with commas between, of no other columns than {string.Join(", ", Columns)}, each once{wrong}.");
        }

        var rows = new List<PlanFileRow>();
        for (var before = csv.Parser.RawRow; csv.Read(); before = csv.Parser.RawRow)
        {
            isMarked = false;
            var problem = CsvRow.WrongWidth(csv.Parser.Record!.Length, csv.HeaderRecord!.Length);
            rows.Add(isMarked ? Torn(csv, before + 1, CsvRow.WrongQuotes) : problem is not null ? Torn(csv, csv.Parser.RawRow, problem) : Row(csv));
        }

        return rows;
    }

    /// <summary>Null for a header that names columns alone, each once; else what it has instead.</summary>
    private static string? WrongHeader(string[] header)
    {
        var (other, twice) = (header.Except(Columns).ToList(), header.GroupBy(name => name).Where(same => same.Count() > 1).Select(same => same.Key).ToList());
        return header.Length == 0 ? "; the file is empty"
            : other.Count > 0 ? $"; '{string.Join("', '", other)}' {(other.Count == 1 ? "is" : "are")} none of them"
            : twice.Count > 0 ? $"; '{string.Join("', '", twice)}' {(twice.Count == 1 ? "stands" : "stand")} there more than once"
            : null;
    }

    /// <summary>What is wrong with a share; null for nothing. The API counts in millionths, which its messages speak of.</summary>
    public static string? WrongShare(string name, decimal value) => name switch
    {
        "probability" => value is not (> 0 and <= 1) ? "must be above 0 and at most 1" : decimal.Round(value * 1_000_000) == 0 ? "is less than a millionth, which would be nothing" : null,
        _ => value is >= 0 and <= 9 ? null : "must be 0 to 9",
    };

    /// <summary>A row whose cells may stand under the wrong names: no more of it than what it is of.</summary>
    private static PlanFileRow Torn(CsvReader csv, int line, string problem)
    {
        var row = new PlanFileRow(line) { Problems = { ("", problem) } };
        if (csv.TryGetField<string>("plan_id", out var id) && !string.IsNullOrEmpty(id))
        {
            row.Texts.Add(("plan_id", id));
        }

        return row;
    }

    private static PlanFileRow Row(CsvReader csv)
    {
        var row = new PlanFileRow(csv.Parser.RawRow);
        foreach (var (name, value) in csv.HeaderRecord!.Select(name => (name, csv.GetField(name))).Where(field => !string.IsNullOrEmpty(field.Item2)))
        {
            if (Texts.Contains(name))
            {
                row.Texts.Add((name, value!));
            }
            else if (WrongFigure(name, value!, out var figure) is { } problem)
            {
                row.Problems.Add((name, $"{name} '{value}' {problem}."));
            }
            else
            {
                row.Figures.Add((name, Wholes.Contains(name) ? decimal.Truncate(figure) : figure));
            }
        }

        return row;
    }

    private static string? WrongFigure(string name, string text, out decimal figure)
    {
        var isNumber = decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out figure);
        return (isNumber, Shares.Contains(name)) switch
        {
            (false, _) => text.Contains(',', StringComparison.Ordinal) ? "is no number; write it without separators of thousands" : "is no number",
            (_, true) => WrongShare(name, figure),
            _ when WrittenNumber.IsAmbiguousCount(text, '.') => "may be a number with three decimals or one of thousands; write it without a point",
            _ => figure < 0 ? "must not be negative" : figure != decimal.Truncate(figure) || figure > long.MaxValue ? "is no whole number that is possible" : null,
        };
    }
}

/// <summary>One line of a file of plan items.</summary>
internal sealed record PlanFileRow(int Line)
{
    public List<(string Name, string Value)> Texts { get; } = [];

    public List<(string Name, decimal Value)> Figures { get; } = [];

    /// <summary>Without a field: of the whole row.</summary>
    public List<(string Field, string Text)> Problems { get; } = [];

    public string PlanId => Texts.Find(text => text.Name == "plan_id").Value ?? "";

    /// <summary>Writes the API's body of the item, as far as it can be read.</summary>
    public void WriteTo(Utf8JsonWriter body)
    {
        body.WriteStartObject();
        Texts.ForEach(field => body.WriteString(field.Name, field.Value));
        Figures.ForEach(field => body.WriteNumber(field.Name, field.Value));
        body.WriteEndObject();
    }
}
