using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;

namespace Platform.Forecast.Variances;

/// <summary>What a part of a change means, for people.</summary>
/// <param name="CallsADay">Before and now, of those that are told of.</param>
/// <param name="IsExpected">What is now is partly still to come.</param>
internal sealed record VarianceSentences(string Currency, (DaySpan Before, DaySpan Current) Days, (double Before, double Current) CallsADay, bool IsExpected)
{
    /// <param name="changes">Of one driver, side and subject.</param>
    public string Of(IReadOnlyList<Change> changes, bool isAnnounced)
    {
        var first = changes[0];
        var (before, current) = (changes.Sum(change => change.Before ?? 0), changes.Sum(change => change.Current ?? 0));
        return first.Driver switch
        {
            Driver.Calendar => Said($"The period has {Days.Current.Days} days, the one before {Days.Before.Days}."),
            Driver.Volume => Said($"Calls a day went from {CallsADay.Before:#,##0.#} to {CallsADay.Current:#,##0.#}{Percent()}."),
            Driver.WorkloadMix => $"Calls are of other workloads than before{Most(changes)}.",
            Driver.LaneMix => $"Calls ran in other lanes than before{Most(changes)}{(isAnnounced ? "; the routing policy was changed" : "; no change of the routing policy says why")}.",
            Driver.ModelMix => $"Calls ran on other models than before{Most(changes)}{(isAnnounced ? "; the routing policy was changed" : "; no change of the routing policy says why")}.",
            Driver.TokensPerCall => $"Prompts and answers had another length than before{Most(changes)}.",
            Driver.Price => isAnnounced
                ? $"The price book was changed{Most(changes)}."
                : $"A token came to another price than before without a change of the price book: other kinds of tokens, caching, tiers{Most(changes)}.",
            Driver.Refusals when first.Side == Side.Asked => $"Demand worth {Amount(current)} was asked for and refused, {Amount(before)} before.",
            Driver.Refusals => $"Because calls were refused, {Amount(-current)} were not spent, {Amount(-before)} before.",
            Driver.Routing => $"Routing {Either(-current, -before, "saved", "cost", " against defaults", " more than defaults")}.",
            Driver.Fallback => $"Falling back {Either(current, before, "cost", "saved", " more than first choices", " against first choices")}.",
            Driver.Failed => $"Attempts that failed or were interrupted cost {Amount(current)}, {Amount(before)} before.",
            Driver.Duplicates => $"Prompts that had been answered within a day cost {Amount(current)}, {Amount(before)} before.",
            Driver.Abandoned => $"Output after its caller had left cost {Amount(current)}, {Amount(before)} before.",
            Driver.RightSizing => $"Small calls cost {Amount(current)} more than on the cheapest model in use, {Amount(before)} before.",
            Driver.Plan => first.Subject.Length == 0
                ? $"What is planned and still to come is expected to cost {Amount(current)}."
                : $"Plan item {first.Subject} {(IsExpected ? "brings, as it came so far," : "brought")} {Amount(current)} of what was planned, {Amount(before)} before.",
            Driver.Corrections => $"Cost that follows no calls (corrections, imports taken back, credit notes and charges) came to {Amount(current)}, {Amount(before)} before.",
        };
    }

    public static string Name(CellKey cell)
    {
        string?[] parts =
        [
            cell.TeamId, cell.Workload.Length > 0 ? cell.Workload : cell.Model.Length > 0 || cell.Lane.Length > 0 ? "no workload" : null,
            cell.Lane.Length > 0 ? cell.Lane : null, cell.Model.Length > 0 ? $"{cell.Provider} {cell.Model}".Trim() : null,
        ];
        return string.Join(" / ", parts.OfType<string>().Where(part => part.Length > 0));
    }

    private string Most(IReadOnlyList<Change> changes)
    {
        var most = changes.MaxBy(change => Math.Abs(change.Nanos))!;
        return $", most of all {Name(most.Cell)} ({Signed(most.Nanos)})";
    }

    /// <summary>What is below zero is said the other way round, and before again where it is otherwise than now.</summary>
    private string Either(long current, long before, string above, string below, string afterAbove, string afterBelow)
    {
        string Verb(long nanos) => nanos < 0 ? below : above;

        var isSame = before == 0 || current < 0 == before < 0;
        return $"{Verb(current)} {Amount(Math.Abs(current))}{(current < 0 ? afterBelow : afterAbove)}, {(isSame ? "" : $"{Verb(before)} ")}{Amount(Math.Abs(before))} before";
    }

    private string Percent() => CallsADay.Before > 0
        ? string.Create(CultureInfo.InvariantCulture, $" ({(CallsADay.Current / CallsADay.Before) - 1:+0.0 %;-0.0 %;0.0 %})")
        : "";

    private string Amount(long nanos) => $"{new Money(nanos).ToRoundedString(Currency)} {Currency}";

    private string Signed(long nanos) => (nanos > 0 ? "+" : "") + Amount(nanos);

    private static string Said(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
