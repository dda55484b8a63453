using System.Text.Json;
using System.Text.RegularExpressions;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Imports;

/// <summary>What came of a file's rows, over all pieces: of every kind a count, of problems the first ones of each kind (all of them go to the file of errors).</summary>
internal sealed partial class ImportTally(TextWriter? errors) : IDisposable
{
    public const int Shown = 20;

    /// <summary>Of problems that differ by their rows' values only: a column that is wrong in each row must not hide what else is.</summary>
    private const int ShownAlike = 5;

    private static readonly string[] Names = ["rows", "accepted", "duplicates", "changed", "skipped", "unmapped_refused", "refused", "unmapped", "unpriced", "calls"];

    private readonly Dictionary<string, long> _counts = Names.ToDictionary(name => name, _ => 0L);
    private readonly Dictionary<(string Provider, string Project, string Key, string User), long> _unmapped = [];
    private readonly Dictionary<(string Provider, string Model), StatedSum> _stated = [];
    private readonly Dictionary<string, long> _leftOut = [];
    private readonly Dictionary<string, int> _shownAlike = [];

    /// <summary>Of a dry run: what its rows tell of.</summary>
    public ImportReach Reach { get; } = new();

    public Money Cost { get; private set; }

    /// <summary>Rows that the file itself makes unreadable.</summary>
    public long Unreadable { get; private set; }

    public List<(string Place, string Kind, string Message)> Problems { get; } = [];

    public long ProblemCount { get; private set; }

    /// <summary>Of the duplicates those that the rules of now would make another's.</summary>
    public long Elsewhere { get; private set; }

    public IReadOnlyDictionary<string, long> LeftOut => _leftOut;

    public IEnumerable<KeyValuePair<(string Provider, string Project, string Key, string User), long>> Unmapped => _unmapped.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key);

    /// <summary>The dearest first.</summary>
    public IEnumerable<KeyValuePair<(string Provider, string Model), StatedSum>> Stated => _stated.OrderByDescending(pair => pair.Value.Stated.Nanos).ThenBy(pair => pair.Key);

    public bool IsClean => this["refused"] + this["unmapped_refused"] + this["changed"] + Unreadable == 0;

    public long this[string name] => _counts[name];

    /// <summary>Adds what the API answered for a piece.</summary>
    /// <param name="places">Of the piece's rows.</param>
    public void Add(JsonElement answer, IReadOnlyList<string> places)
    {
        var counts = answer.GetProperty("counts");
        foreach (var name in Names)
        {
            _counts[name] += counts.GetProperty(name).GetInt64();
        }

        Cost += counts.Amount("cost") ?? Money.Zero;
        Reach.Add(answer);
        foreach (var problem in answer.GetProperty("problems").EnumerateArray())
        {
            Elsewhere += problem.Text("kind") == "attribution" ? 1 : 0;
            AddProblem(places[problem.GetProperty("row").GetInt32()], problem.Text("kind"), problem.Text("message"));
        }

        foreach (var origin in answer.GetProperty("unmapped").EnumerateArray())
        {
            var key = (origin.Text("provider"), origin.Text("project"), origin.Text("key"), origin.Text("user"));
            _unmapped[key] = _unmapped.GetValueOrDefault(key) + origin.GetProperty("rows").GetInt64();
        }

        foreach (var stated in answer.GetProperty("stated").EnumerateArray())
        {
            var key = (stated.Text("provider"), stated.Text("model"));
            _stated[key] = _stated.GetValueOrDefault(key) + StatedSum.From(stated);
        }
    }

    public void AddUnreadable(ImportItem item)
    {
        Unreadable++;
        AddProblem(item.Place, "unreadable", item.Problem!);
    }

    /// <summary>Adds a row that the file of a dry run had before, as the import would count it.</summary>
    /// <param name="isSame">False: with other figures.</param>
    public void AddAgain(string place, bool isSame)
    {
        _counts["rows"]++;
        _counts[isSame ? "duplicates" : "changed"]++;
        if (!isSame)
        {
            AddProblem(place, "changed", "The file has it before with other figures, and those would stand.");
        }
    }

    public void AddLeftOut(string reason) => _leftOut[reason] = _leftOut.GetValueOrDefault(reason) + 1;

    public void Dispose() => errors?.Dispose();

    private void AddProblem(string place, string kind, string message)
    {
        ProblemCount++;
        errors?.WriteLine($"{place}\t{kind}\t{message}");
        if (Problems.Count == Shown)
        {
            return;
        }

        var words = ValuePattern().Replace(message, "");
        var alike = _shownAlike.GetValueOrDefault(words);
        if (alike < ShownAlike)
        {
            _shownAlike[words] = alike + 1;
            Problems.Add((place, kind, message));
        }
    }

    /// <summary>What a message has of its row: values in quotation marks, and numbers.</summary>
    [GeneratedRegex("'[^']*'|[0-9]+")]
    private static partial Regex ValuePattern();
}

/// <summary>What a source says that a model's rows cost, and the price book's figure for those of them that have a price.</summary>
internal readonly record struct StatedSum(long Rows, Money Stated, Money Rated, long UnpricedRows, Money UnpricedStated)
{
    /// <summary>The source states this much or more (<c>stated_nanos</c> in <c>imports.proto</c>): nothing that it could be compared with.</summary>
    public bool IsBeyond => Stated.Nanos == long.MaxValue;

    public static StatedSum From(JsonElement stated) => new(
        stated.GetProperty("rows").GetInt64(), stated.Amount("stated") ?? Money.Zero, stated.Amount("rated") ?? Money.Zero, stated.GetProperty("unpriced_rows").GetInt64(),
        stated.Amount("unpriced_stated") ?? Money.Zero);

    public static StatedSum operator +(StatedSum left, StatedSum right) => new(
        left.Rows + right.Rows, UpTo64Bits(left.Stated, right.Stated), left.Rated + right.Rated, left.UnpricedRows + right.UnpricedRows,
        UpTo64Bits(left.UnpricedStated, right.UnpricedStated));

    private static Money UpTo64Bits(Money left, Money right) => new((long)Int128.Min((Int128)left.Nanos + right.Nanos, long.MaxValue));
}
