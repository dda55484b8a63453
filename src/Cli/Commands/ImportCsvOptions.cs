using System.CommandLine;
using Platform.Cli.Imports;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary>How <c>kt import --format csv</c> reads its file.</summary>
internal sealed class ImportCsvOptions
{
    private readonly Option<string[]> _column = new("--column")
    {
        Description = $"csv: NAME=HEADER or NAME=NUMBER; again for more. Names: {string.Join(", ", CsvColumns.Names)}.", DefaultValueFactory = _ => [],
    };

    private readonly Option<string[]> _value = new("--value") { Description = "csv: NAME=TEXT for all rows, such as provider=openai; again for more.", DefaultValueFactory = _ => [] };
    private readonly Option<string?> _delimiter = CommonOptions.Text("--delimiter", "csv: one character, or tab; found out when absent.");
    private readonly Option<string?> _timeFormat = CommonOptions.Text("--time-format", "csv: the form of its times, such as dd.MM.yyyy HH:mm; absent: ISO 8601, or unix seconds or milliseconds.");
    private readonly Option<string?> _zone = CommonOptions.Text("--time-zone", "csv: IANA name of the zone of times that do not say. Default: UTC.");
    private readonly Option<bool> _noHeader = new("--no-header") { Description = "csv: the first line is a row; columns go by number." };
    private readonly Option<bool> _comma = new("--decimal-comma") { Description = "csv: numbers are written 1.234,56." };
    private readonly Option<bool> _inInput = new("--cached-in-input") { Description = "csv: the input counts cached tokens too (so it is taken where its column is called prompt_tokens)." };
    private readonly Option<bool> _apart = new("--cached-apart") { Description = "csv: the input does not count cached tokens." };

    public IReadOnlyList<Symbol> All => [_column, _value, _delimiter, _timeFormat, _zone, _noHeader, _comma, _inInput, _apart];

    public CsvUsageOptions Read(ParseResult parsed)
    {
        var delimiter = parsed.GetValue(_delimiter);
        if (delimiter is not (null or "tab" or { Length: 1 }))
        {
            throw new KtError(ExitCodes.Usage, "--delimiter must be one character, or tab.");
        }

        if (!CalendarPeriod.TryFindZone(parsed.GetValue(_zone) ?? "", out var zone))
        {
            throw new KtError(ExitCodes.Usage, $"--time-zone '{parsed.GetValue(_zone)}' is not an IANA time zone name such as Europe/Paris.");
        }

        if (parsed.GetValue(_inInput) && parsed.GetValue(_apart))
        {
            throw new KtError(ExitCodes.Usage, "Say --cached-in-input or --cached-apart, not both.");
        }

        return new CsvUsageOptions(
            Pairs("--column", parsed.GetRequiredValue(_column)), Pairs("--value", parsed.GetRequiredValue(_value)), delimiter == "tab" ? "\t" : delimiter,
            parsed.GetValue(_timeFormat), zone, !parsed.GetValue(_noHeader), parsed.GetValue(_comma),
            parsed.GetValue(_inInput) ? true : parsed.GetValue(_apart) ? false : null);
    }

    private static Dictionary<string, string> Pairs(string option, string[] texts)
    {
        var pairs = new Dictionary<string, string>();
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? text : text[..equals];
            if (equals < 0 || equals == text.Length - 1 || !CsvColumns.Names.Contains(name) || !pairs.TryAdd(name, text[(equals + 1)..]))
            {
                throw new KtError(ExitCodes.Usage, $"{option} '{text}' must be NAME=…, each name once. Names: {string.Join(", ", CsvColumns.Names)}.");
            }
        }

        return pairs;
    }
}
