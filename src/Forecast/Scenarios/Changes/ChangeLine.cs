using System.Globalization;
using Platform.Contracts;
using Platform.Forecast.Planning;

namespace Platform.Forecast.Scenarios.Changes;

/// <summary>A line taken apart: a kind and named values. Reading a value notes what is wrong with it, so that all problems of a line are said at once.</summary>
internal sealed class ChangeLine
{
    private const int MostCharacters = 1000;
    private const int MostPercent = 100_000;

    /// <summary>Of a plan item, what is emptied by an empty value. Elsewhere what is left out means all, now, for good or the whole: an empty value is a slip of whoever had none (decision 0208).</summary>
    private static readonly HashSet<string> Cleared = ["workload", "lane", "provider"];

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    private ChangeLine(string line) => Line = line;

    public string Line { get; }

    public string Kind { get; private set; } = "";

    public List<string> Problems { get; } = [];

    /// <summary>A kind, then name=value; a value with spaces is quoted: name="Big launch".</summary>
    public static ChangeLine Read(string line)
    {
        var read = new ChangeLine(line);
        if (line.Length > MostCharacters || line.Any(char.IsControl))
        {
            read._read.Add("");
            read.Problems.Add($"A change is one line of at most {MostCharacters} characters.");
            return read;
        }

        var words = Words(line, out var isOpen);
        if (isOpen)
        {
            read.Problems.Add("A quotation mark is never closed.");
        }

        read.Kind = words.Count > 0 ? words[0] : "";
        foreach (var word in words.Skip(1))
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                read.Problems.Add($"'{Validation.Shown(word)}' must be name=value.");
            }
            else if (!read._values.TryAdd(word[..equals], word[(equals + 1)..]))
            {
                read.Problems.Add($"{Validation.Shown(word[..equals])} is said twice.");
            }
            else if (equals == word.Length - 1 && !(read.Kind == "plan" && Cleared.Contains(word[..equals])))
            {
                read.Problems.Add($"{Validation.Shown(word)} is empty: give it a value or leave it out.");
            }
        }

        return read;
    }

    public bool Has(string name) => _values.ContainsKey(name);

    public string Text(string name, string otherwise = "")
    {
        _read.Add(name);
        return _values.GetValueOrDefault(name, otherwise);
    }

    public string Required(string name)
    {
        if (Text(name) is { Length: > 0 } value)
        {
            return value;
        }

        if (!Has(name))
        {
            Problems.Add($"{name}= is required.");
        }

        return "";
    }

    public DateOnly? Date(string name)
    {
        var text = Text(name);
        return text.Length == 0 ? null : PlanRow.TryDate(text, out var date) ? date : (DateOnly?)Wrong(name, text, "a day such as 2026-06-01");
    }

    public long? Whole(string name)
    {
        var text = Text(name);
        return text.Length == 0 ? null : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (long?)Wrong(name, text, "a whole number");
    }

    public double? Number(string name)
    {
        var text = Text(name);
        return text.Length == 0 ? null
            : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : (double?)Wrong(name, text, "a number");
    }

    /// <summary>A share of a whole: 30% is 0.3.</summary>
    public double? Share(string name)
    {
        var text = Text(name);
        return text.Length == 0 ? null : Percent(text) is { } share and >= 0 and <= 1 && text[0] is not ('+' or '-') ? share : (double?)Wrong(name, text, "a share of 0% to 100%");
    }

    /// <summary>A change of a size: +10% is 0.1, -20% is -0.2.</summary>
    public double? Relative(string name)
    {
        var text = Text(name);
        return text.Length == 0 ? null : IsRelative(text) && Percent(text) is { } share and >= -1 ? share : (double?)Wrong(name, text, "a change such as +10% or -20%");
    }

    /// <summary>An amount of money of zero or more, in nano-units.</summary>
    public long? Money(string name)
    {
        var text = Text(name);
        return text.Length == 0 ? null : TryMoney(text, out var nanos) ? nanos : (long?)Wrong(name, text, "an amount such as 2.50");
    }

    /// <summary>500 is so much, +500 or -500 so much more or less, +10% a tenth more.</summary>
    public NewAmount? Amount(string name)
    {
        var text = Required(name);
        if (text.Length == 0)
        {
            return null;
        }

        if (text.EndsWith('%'))
        {
            return IsRelative(text) && Percent(text) is { } share and >= -1 ? new NewAmount(0, share, true) : (NewAmount?)Wrong(name, text, "an amount such as 500, +500, -500 or +10%");
        }

        return TryMoney(text.TrimStart('+', '-'), out var nanos) && text.LastIndexOfAny(['+', '-']) <= 0
            ? new NewAmount(text[0] == '-' ? -nanos : nanos, null, IsRelative(text))
            : (NewAmount?)Wrong(name, text, "an amount such as 500, +500, -500 or +10%");
    }

    public Selection Selection() => new(Text("team"), Text("workload"), Text("lane"), Text("provider"), Text("model"));

    public Span When()
    {
        var span = new Span(Date("starts"), Date("ends"));
        if (span is { From: { } from, To: { } to } && to <= from)
        {
            Problems.Add("ends= is the day after the last, and must lie after starts=.");
        }

        return span;
    }

    /// <summary>provider/model, or a model alone.</summary>
    public (string Provider, string Model) Route(string name, bool required)
    {
        var text = required ? Required(name) : Text(name);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? ("", text) : (text[..slash], text[(slash + 1)..]);
    }

    public object? Wrong(string name, string text, string right)
    {
        Problems.Add($"{name}= must be {right}; it is '{Validation.Shown(text)}'.");
        return null;
    }

    /// <summary>Names that nothing asked for are slips; where nothing was asked for at all, the kind is none.</summary>
    /// <param name="kinds">That there are.</param>
    public void Finish(string kinds)
    {
        if (_read.Count == 0)
        {
            Problems.Add($"A change begins with its kind: {kinds}.");
            return;
        }

        foreach (var name in _values.Keys.Where(name => !_read.Contains(name)))
        {
            Problems.Add($"{Validation.Shown(name)}= is nothing that {Kind} takes; it takes {string.Join(", ", _read.Order(StringComparer.Ordinal))}.");
        }
    }

    private static bool IsRelative(string text) => text.Length > 0 && text[0] is '+' or '-';

    private static bool TryMoney(string text, out long nanos)
    {
        nanos = 0;
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) || !Contracts.Money.TryFromDecimal(amount, out var money))
        {
            return false;
        }

        nanos = money.Nanos;
        return true;
    }

    private static double? Percent(string text) =>
        text.EndsWith('%') && decimal.TryParse(text[..^1], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent <= MostPercent
            ? (double)(percent / 100)
            : null;

    /// <param name="isOpen">A quotation mark is not closed: it has swallowed what comes after it.</param>
    private static List<string> Words(string line, out bool isOpen)
    {
        var (words, word, quoted, any) = (new List<string>(), new System.Text.StringBuilder(), false, false);
        foreach (var letter in line)
        {
            if (letter == '"')
            {
                (quoted, any) = (!quoted, true);
            }
            else if (letter == ' ' && !quoted)
            {
                Take();
            }
            else
            {
                word.Append(letter);
                any = true;
            }
        }

        Take();
        isOpen = quoted;
        return words;

        void Take()
        {
            if (any)
            {
                words.Add(word.ToString());
                word.Clear();
                any = false;
            }
        }
    }
}
