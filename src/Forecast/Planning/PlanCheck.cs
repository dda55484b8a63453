using Platform.Contracts;
using Platform.Contracts.Forecast.V1;

namespace Platform.Forecast.Planning;

/// <summary>What a plan item must be: every problem at once. Pure.</summary>
internal static class PlanCheck
{
    private const long MostCalls = 10_000_000_000;
    private const long MostTokens = 100_000_000;

    /// <summary>A million a day in the price's currency: a thousand items of a year fit into an amount many times over. More is a slip.</summary>
    internal const long MostNanosADay = 1_000_000_000_000_000;

    /// <param name="teams">That there are.</param>
    public static IEnumerable<string> Problems(PlanItem item, IReadOnlyCollection<string> teams)
    {
        var hasStart = PlanRow.TryDate(item.StartsOn, out var starts);
        var hasEnd = PlanRow.TryDate(item.EndsOn, out var ends);
        string?[] problems =
        [
            Validation.Id("plan_id", item.PlanId),
            Validation.Name("name", item.Name),
            teams.Contains(item.TeamId) ? null : $"team_id: there is no team '{Validation.Shown(item.TeamId)}'; create it, or name an existing one.",
            Validation.Label("workload", item.Workload),
            Validation.Label("lane", item.Lane),
            Validation.Text("provider", item.Provider, 0, 200),
            Validation.Text("model", item.Model, 1, 200),
            hasStart ? null : $"starts_on must be a day of the years 2000 to 2199 such as 2026-06-01; it is '{Validation.Shown(item.StartsOn)}'.",
            item.EndsOn.Length == 0 || hasEnd ? null : $"ends_on must be a day of the years 2000 to 2199 such as 2026-07-01, or be left out; it is '{Validation.Shown(item.EndsOn)}'.",
            hasStart && hasEnd && ends <= starts ? "ends_on is the day after the last, and must lie after starts_on." : null,
            Range("ramp_days", item.RampDays, 0, 400),
            Range("calls_per_day", item.CallsPerDay, 1, MostCalls),
            Range("input_tokens", item.InputTokens, 0, MostTokens),
            Range("output_tokens", item.OutputTokens, 0, MostTokens),
            item is { InputTokens: 0, OutputTokens: 0 } ? "input_tokens and output_tokens are both 0: a call has tokens." : null,
            Range("probability_ppm", item.ProbabilityPpm, 0, PlanRow.Certain),
            Range("spread_ppm", item.SpreadPpm, 0, 9_000_000),
            Validation.Text("owner", item.Owner, 0, 200),
            Validation.Text("note", item.Note, 0, 1000),
        ];
        return problems.OfType<string>();
    }

    /// <summary>What is wrong with what the item costs a day by the price in force; null when nothing is, or there is no price.</summary>
    public static string? CostProblem(PlanRow item, PlanPrice price) => price.NanosPerCall is { } nanos && nanos * item.CallsPerDay > MostNanosADay
        ? $"calls_per_day and tokens cost {nanos * item.CallsPerDay / 1e9:N0} a day by today's price; an item may cost at most {MostNanosADay / 1_000_000_000:N0}. Look at the figures, or split it."
        : null;

    private static string? Range(string name, long value, long least, long most) => value >= least && value <= most ? null : $"{name} must be {least} to {most}; it is {value}.";
}
