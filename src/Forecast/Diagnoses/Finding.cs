using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;

namespace Platform.Forecast.Diagnoses;

/// <summary>A rule that fired.</summary>
/// <param name="Nanos">The money that it concerns.</param>
internal sealed record Finding(string Sentence, long Nanos, string Act, string Command)
{
    public IReadOnlyList<DiagnosisFigure> Figures { get; init; } = [];

    public IReadOnlyList<VarianceEvidence> Evidence { get; init; } = [];
}

/// <summary>A rule as anybody can read it.</summary>
/// <param name="Name">snake_case.</param>
/// <param name="FiresWhen">For people, with the thresholds.</param>
/// <param name="AmountIs">For people: which money it concerns.</param>
/// <param name="Find">Nothing where it does not fire. Pure.</param>
internal sealed record Rule(string Name, string FiresWhen, string AmountIs, Func<TeamFacts, IEnumerable<Finding>> Find)
{
    /// <summary>What it finds is to be known also where it concerns no money: calls that fall back to what costs less.</summary>
    public bool IsToldWithoutMoney { get; init; }
}

/// <summary>How rules say figures.</summary>
internal static class Say
{
    public static string Amount(long nanos, TeamFacts facts) => $"{new Money(nanos).ToRoundedString(facts.Currency)} {facts.Currency}";

    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.#} %");

    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Up to a whole unit, for a command.</summary>
    public static string Up(long nanos) => ((nanos / Money.NanosPerUnit) + (nanos % Money.NanosPerUnit > 0 ? 1 : 0)).ToString(CultureInfo.InvariantCulture);

    /// <summary>Down to a whole unit, for a command.</summary>
    public static string Down(long nanos) => (nanos / Money.NanosPerUnit).ToString(CultureInfo.InvariantCulture);

    public static DiagnosisFigure Figure(string name, string value, string threshold = "") => new() { Name = name, Value = value, Threshold = threshold };

    public static VarianceEvidence Evidence(string text, string command) => new() { Text = text, Command = command };

    public static string Label(string label) => label.Length > 0 ? label : "\"(none)\"";
}
