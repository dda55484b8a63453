using System.Text.RegularExpressions;

namespace Platform.Routing.Policies.Checks;

/// <summary>All that is wrong with a document: each problem with its place and what to do about it.</summary>
internal sealed partial class PolicyProblems
{
    /// <summary>A document that is wrong throughout is not told to its end.</summary>
    public const int MostTold = 50;

    private readonly List<string> _all = [];

    public IReadOnlyList<string> All => _all;

    public void Add(string place, string problem) => _all.Add($"{place}: {problem}");

    public void Require(bool holds, string place, string problem)
    {
        if (!holds)
        {
            Add(place, problem);
        }
    }

    public void Range(string place, long value, long atLeast, long atMost) =>
        Require(value >= atLeast && value <= atMost, place, $"must be {atLeast} to {atMost}; it is {value}.");

    /// <summary>A name without white space, which also stands in headers, addresses and logs.</summary>
    public void Word(string place, string value, int atMost, bool required = true)
    {
        if (value.Length == 0)
        {
            Require(!required, place, "is required.");
        }
        else if (value.Length > atMost || !WordPattern().IsMatch(value))
        {
            Add(place, $"must have at most {atMost} characters, only visible ASCII ones and no spaces; it is '{Contracts.Validation.Shown(value)}'.");
        }
    }

    /// <summary>A short name of lower-case letters, digits, '_' and '-'.</summary>
    public void Label(string place, string value)
    {
        if (value.Length == 0)
        {
            Add(place, "is required.");
        }
        else if (Contracts.Validation.Label("", value) is { } problem)
        {
            Add(place, problem);
        }
    }

    /// <summary>Empty stands for the usual one.</summary>
    public void OneOf(string place, string value, IEnumerable<string> known)
    {
        if (value.Length > 0 && !known.Contains(value))
        {
            Add(place, $"must be one of {string.Join(", ", known)}; it is '{Contracts.Validation.Shown(value)}'.");
        }
    }

    public void Known(string place, string value, IReadOnlySet<string> known, string what, string remedy)
    {
        if (!known.Contains(value))
        {
            Add(place, $"there is no {what} '{Contracts.Validation.Shown(value)}' in this policy; {remedy}.");
        }
    }

    /// <summary>Names must differ; what stands twice is told once.</summary>
    public void Distinct(string place, IEnumerable<string> names, string what)
    {
        foreach (var twice in names.Where(name => name.Length > 0).GroupBy(name => name).Where(group => group.Count() > 1))
        {
            Add(place, $"the {what} '{Contracts.Validation.Shown(twice.Key)}' stands here {twice.Count()} times; name it once.");
        }
    }

    /// <summary>The place of an entry, by its name where it has one.</summary>
    public static string Place(string list, int index, string name) => name.Length > 0 ? $"{list}[{Contracts.Validation.Shown(name)}]" : $"{list}[{index}]";

    [GeneratedRegex(@"^[!-~]+\z")]
    private static partial Regex WordPattern();
}
