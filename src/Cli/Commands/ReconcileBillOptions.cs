using System.CommandLine;
using Platform.Cli.ProviderFiles;
using Platform.Cli.Reconcile.Bills;

namespace Platform.Cli.Commands;

/// <summary>The options of <c>kt reconcile --file</c>: a provider's bill that was downloaded, compared with our records.</summary>
internal sealed class ReconcileBillOptions
{
    private readonly Option<string?> _provider = CommonOptions.Text("--provider", "With --file: whose bill it is, as records name the provider.");

    private readonly Option<string[]> _files = new("--file")
    {
        Description = "A provider's bill: OpenAI's costs and usage pages, Anthropic's cost and usage reports. Again for each file.",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<BillBy> _by = new("--by") { Description = "With --file: auto (default: what the bill is split by), key, project, or model alone.", HelpName = CommonOptions.Choices<BillBy>() };
    private readonly Option<string?> _map = CommonOptions.Text("--map", "With --file: a JSON file that says what the bill calls our keys and tags, and its models.");
    private readonly Option<string?> _tag = CommonOptions.Text("--tag", "With --file: records go by this tag's value, where they have it, instead of their provider key.");
    private readonly Option<string?> _day = CommonOptions.Text("--day", "With --file: only this day (UTC).");
    private readonly Option<string?> _tolerance = CommonOptions.Text("--tolerance", "With --file: by how much a cell may differ: rounding (default), an amount (0.01), or a share (0.1%).");
    private readonly Option<bool> _history = new("--history") { Description = "With --file: imported usage too." };

    public Symbol[] Symbols => [_provider, _files, _by, _map, _tag, _day, _tolerance, _history];

    public bool HasFiles(ParseResult parsed) => parsed.GetValue(_files) is { Length: > 0 };

    /// <exception cref="KtError">An option that is for files only is given without one.</exception>
    public void RefuseWithoutFiles(ParseResult parsed)
    {
        if (Symbols.OfType<Option>().FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } given)
        {
            throw new KtError(ExitCodes.Usage, $"{given.Name} is for a bill from a file: add --file.");
        }
    }

    /// <summary>Reads the files; nothing is asked of the API before all of them are found right.</summary>
    public BillRequest Read(ParseResult parsed, string? from, string? to)
    {
        if (parsed.GetValue(_provider) is not { Length: > 0 } provider)
        {
            throw new KtError(ExitCodes.Usage, "--file needs --provider: whose bill is it (openai, anthropic, …)?");
        }

        var tolerance = parsed.GetValue(_tolerance) is { } text
            ? BillTolerance.Parse(text) ?? throw new KtError(ExitCodes.Usage, $"--tolerance '{text}' is neither rounding, nor an amount such as 0.01, nor a share such as 0.1%.")
            : BillTolerance.Rounding;
        var mapping = parsed.GetValue(_map) is { } map ? BillMapping.Read(map) : BillMapping.None;
        var bill = new Bill(ProviderFile.Read(parsed.GetValue(_files)!), parsed.GetValue(_by));
        return new BillRequest(
            provider, bill, Days(parsed.GetValue(_day), from, to, bill), parsed.GetValue(_tag) is { } tag ? mapping with { Tag = tag } : mapping, tolerance,
            parsed.GetValue(_history));
    }

    private static (DateOnly From, DateOnly To)? Days(string? day, string? from, string? to, Bill bill)
    {
        if (day is not null && (from is not null || to is not null))
        {
            throw new KtError(ExitCodes.Usage, "Give --day, or --from and --to.");
        }

        if (day is not null)
        {
            var only = Day("--day", day);
            return (only, only.AddDays(1));
        }

        if ((from is null && to is null) || bill.Days.Count == 0)
        {
            return null;
        }

        var (first, end) = (from is null ? bill.Days.Min : Day("--from", from), to is null ? bill.Days.Max.AddDays(1) : Day("--to", to));
        return first < end ? (first, end) : throw new KtError(ExitCodes.Usage, "--from must lie before --to.");
    }

    private static DateOnly Day(string name, string text) =>
        TimeOption.TryDay(text, out var day)
            ? day
            : throw new KtError(ExitCodes.Usage, $"{name} '{text}' is no day (2026-06-01). Bills are compared by whole days, UTC.");
}
