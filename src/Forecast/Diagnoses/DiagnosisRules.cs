using Platform.Contracts;
using Platform.Contracts.Forecast.V1;

namespace Platform.Forecast.Diagnoses;

/// <summary>Every rule, and what they find. Pure.</summary>
internal static class DiagnosisRules
{
    public static readonly IReadOnlyList<Rule> All = [.. MoneyRules.All, .. DemandRules.All];

    private static readonly HashSet<string> ToldWithoutMoney = All.Where(rule => rule.IsToldWithoutMoney).Select(rule => rule.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>From half of the currency's smallest unit on an amount is seen where money is rounded.</summary>
    public static bool IsSeen(long nanos, string currency) => new Money(nanos).ToDecimal() >= MinorUnits.Smallest(currency) / 2;

    /// <summary>What concerns an amount that is not seen is a finding for nobody, but of rules that are not about money alone.</summary>
    public static bool IsWorthSaying(DiagnosisFinding finding, string currency) => IsSeen(finding.AmountNanos, currency) || ToldWithoutMoney.Contains(finding.Rule);

    /// <summary>Those that concern most money first, so that those which concern none come last.</summary>
    public static IEnumerable<DiagnosisFinding> Find(IEnumerable<TeamFacts> teams) => teams
        .SelectMany(facts => All.SelectMany(rule => rule.Find(facts).Select(finding => (facts.TeamId, rule.Name, Finding: finding))))
        .OrderByDescending(found => found.Finding.Nanos).ThenBy(found => found.TeamId, StringComparer.Ordinal).ThenBy(found => found.Name, StringComparer.Ordinal)
        .Select(found => new DiagnosisFinding
        {
            Rule = found.Name,
            TeamId = found.TeamId,
            Sentence = found.Finding.Sentence,
            Figures = { found.Finding.Figures },
            AmountNanos = found.Finding.Nanos,
            Act = found.Finding.Act,
            Command = found.Finding.Command,
            Evidence = { found.Finding.Evidence },
        });
}
