using System.Globalization;
using Platform.Contracts;

namespace Platform.Cli.Imports;

/// <summary>What a CSV's columns mean: by what was said, else by the names that such files usually have.</summary>
internal sealed class CsvColumns
{
    public const string Id = "id";
    public const string Time = "time";
    public const string Provider = "provider";
    public const string Model = "model";
    public const string Input = "input";
    public const string CachedInput = "cached_input";
    public const string CacheWrite = "cache_write";
    public const string CacheWriteHour = "cache_write_1h";
    public const string Output = "output";
    public const string Reasoning = "reasoning";
    public const string Requests = "requests";
    public const string Cost = "cost";
    public const string Project = "project";
    public const string Key = "key";
    public const string User = "user";
    public const string Team = "team";
    public const string Application = "application";
    public const string Workload = "workload";
    public const string Tier = "tier";
    public const string Region = "region";

    private const int ColumnsShown = 30;

    /// <summary>What OpenAI calls all input, whose cached part is counted in it.</summary>
    private const string PromptTokens = "prompttokens";

    private static readonly Dictionary<string, string[]> Usual = new()
    {
        [Id] = ["id", "requestid", "eventid", "callid"],
        [Time] = ["time", "timestamp", "occurredat", "starttime", "createdat", "datetime", "date"],
        [Provider] = ["provider", "customllmprovider", "vendor"],
        [Model] = ["model", "modelname"],
        [Input] = ["input", "inputtokens", PromptTokens],
        [CachedInput] = ["cachedinput", "cachedinputtokens", "inputcachedtokens", "cachedtokens", "cachereadinputtokens"],
        [CacheWrite] = ["cachewrite", "cachewritetokens", "cachecreationinputtokens"],
        [CacheWriteHour] = ["cachewrite1h", "cachewrite1htokens"],
        [Output] = ["output", "outputtokens", "completiontokens"],
        // Most sources count reasoning in the output too; only who says that it is apart gets it so.
        [Reasoning] = [],
        [Requests] = ["requests", "nummodelrequests", "requestcount", "calls"],
        [Cost] = ["cost", "spend", "totalcost"],
        [Project] = ["project", "projectid", "workspace", "workspaceid"],
        [Key] = ["key", "keyid", "apikey", "apikeyid"],
        [User] = ["user", "userid"],
        [Team] = ["team", "teamid"],
        [Application] = ["application", "applicationid"],
        [Workload] = ["workload"],
        [Tier] = ["tier", "servicetier"],
        [Region] = ["region"],
    };

    private readonly Dictionary<string, int> _positions;
    private readonly IReadOnlyDictionary<string, string> _values;

    private CsvColumns(Dictionary<string, int> positions, IReadOnlyDictionary<string, string> values, bool saysPromptTokens) =>
        (_positions, _values, SaysPromptTokens) = (positions, values, saysPromptTokens);

    public static IEnumerable<string> Names => Usual.Keys;

    /// <summary>True when the input column is named as OpenAI names all input.</summary>
    public bool SaysPromptTokens { get; }

    /// <summary>What was found, and what of the file is passed over, for people: a column of tokens by a name that nobody foresaw would be missing in the cost, and nothing else would say so.</summary>
    public string Describe(IReadOnlyList<string> header)
    {
        var found = string.Join(
            ", ", _positions.OrderBy(pair => pair.Value).Select(pair => $"{pair.Key}={(pair.Value < header.Count ? header[pair.Value] : (pair.Value + 1).ToString(CultureInfo.InvariantCulture))}"));
        string[] passedOver = [.. header.Where((_, index) => !_positions.ContainsValue(index))];
        return passedOver.Length == 0 ? $"{found}." : $"{found}. Not read: {Shown(passedOver)}. --column NAME=HEADER reads one.";
    }

    public bool Has(string name) => _positions.ContainsKey(name) || _values.ContainsKey(name);

    /// <summary>The text of a column of one row; empty where there is none.</summary>
    public string Text(string name, Func<int, string?> cell) =>
        _positions.TryGetValue(name, out var position) && cell(position) is { } text && text.Trim() is { Length: > 0 } given ? given : _values.GetValueOrDefault(name, "");

    /// <param name="header">Empty for a file without one.</param>
    /// <param name="columns">By name: a column's header, or its number from 1.</param>
    /// <param name="values">What all rows have where their column is absent or empty.</param>
    /// <exception cref="KtError">For a column that there is not, or one that is missing.</exception>
    public static CsvColumns Find(IReadOnlyList<string> header, IReadOnlyDictionary<string, string> columns, IReadOnlyDictionary<string, string> values)
    {
        var positions = new Dictionary<string, int>();
        foreach (var (name, usual) in Usual)
        {
            if (columns.TryGetValue(name, out var given))
            {
                positions[name] = Position(header, name, given);
            }
            else if (!values.ContainsKey(name) && usual.Select(text => Named(header, column => Plain(column) == text)).FirstOrDefault(found => found.Length > 0) is { } found)
            {
                positions[name] = Only(found, header, name);
            }
        }

        var result = new CsvColumns(positions, values, positions.TryGetValue(Input, out var input) && input < header.Count && Plain(header[input]) == PromptTokens);
        string[] missing = [.. new[] { Time, Provider, Model }.Where(name => !result.Has(name))];
        if (missing.Length > 0 || (!result.Has(Input) && !result.Has(Output)))
        {
            var needed = missing.Length > 0 ? string.Join(", ", missing) : "input and output";
            throw new KtError(ExitCodes.Usage, $"Which column has {needed}? Say --column NAME=HEADER (or NAME=NUMBER), or --value NAME=TEXT for all rows. {Has(header)}");
        }

        return result;
    }

    private static int Position(IReadOnlyList<string> header, string name, string given)
    {
        if (Named(header, column => string.Equals(column.Trim(), given, StringComparison.OrdinalIgnoreCase)) is { Length: > 0 } named)
        {
            return Only(named, header, name);
        }

        return int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && (header.Count == 0 || number <= header.Count)
            ? number - 1
            : throw new KtError(ExitCodes.Usage, $"--column {name}={given}: there is no such column. {Has(header)}");
    }

    private static int[] Named(IReadOnlyList<string> header, Func<string, bool> isIt) => [.. Enumerable.Range(0, header.Count).Where(index => isIt(header[index]))];

    /// <summary>Of two columns of one name, as a join of tables has them, nobody can tell which is meant: with the ids of the other table most rows would be taken for repeats.</summary>
    private static int Only(int[] found, IReadOnlyList<string> header, string name) => found is [var only]
        ? only
        : throw new KtError(
            ExitCodes.Usage,
            $"Columns {string.Join(" and ", found.Select(index => (index + 1).ToString(CultureInfo.InvariantCulture)))} are both called {Validation.Shown(header[found[0]].Trim())}: say which is the {name} by its number, --column {name}=NUMBER.");

    /// <summary>What is in the first line, which of a file of another kind may be all of it.</summary>
    private static string Has(IReadOnlyList<string> header) =>
        IsJson(header) ? "The file is JSON: is its --format openai-usage, openai-costs, anthropic-usage or litellm?"
        : $"The file has: {Shown(header)}.";

    private static string Shown(IReadOnlyList<string> header) =>
        $"{string.Join(", ", header.Take(ColumnsShown).Select(name => Validation.Shown(name)))}{(header.Count > ColumnsShown ? $" and {header.Count - ColumnsShown} more" : "")}";

    /// <summary>Some databases write their headers in brackets, <c>[Input Tokens]</c>; a JSON list of usage does not begin with a letter.</summary>
    private static bool IsJson(IReadOnlyList<string> header) =>
        header is [['{', ..], ..] || (header is [['[', .. var rest], ..] && !(rest.TrimStart() is [var first, ..] && char.IsLetter(first)));

    private static string Plain(string header) => string.Concat(header.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
}
