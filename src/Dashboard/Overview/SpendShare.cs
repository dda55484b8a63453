using System.Globalization;
using Platform.Contracts;
using Platform.Dashboard.Figures;

namespace Platform.Dashboard.Overview;

/// <param name="Key">What tells it from the others: two teams may have one name.</param>
/// <param name="Name">For people.</param>
/// <param name="Share">Part of the table's sum, 0 to 1.</param>
/// <param name="Before">In the period before.</param>
internal sealed record SpendShare(string Key, string Name, Money Cost, long Calls, long UnpricedCalls, decimal Share, Money Before)
{
    /// <summary>For people: money without calls need not be of a model. As filters of spend call it.</summary>
    public static string NameOrNone(string model) => model.Length == 0 ? "(none)" : model;

    /// <summary>Of the cost, money without calls.</summary>
    public Money Adjustment { get; init; }

    /// <summary>For people: by how much the spend differs from the period before. What was next to nothing then is told as such: its millions of per cent say no more.</summary>
    public string Change => Before.Nanos <= 0 ? Cost.Nanos > 0 ? "new" : "–"
        : Cost.Nanos > 11m * Before.Nanos ? "> +1,000 %"
        : ((Cost.Nanos - Before.Nanos) / (decimal)Before.Nanos * 100).ToString("+#,##0;−#,##0;0", CultureInfo.InvariantCulture) + " %";

    /// <summary>
    /// The month's spend by one dimension, dearest first and what is not told apart last; what was spent in the period before only is left out. The costs add up to the
    /// month's total to the last digit.
    /// </summary>
    public static IReadOnlyList<SpendShare> Of(MonthSpends? month, Func<string, string> name)
    {
        var rows = (month?.Rows ?? []).Where(IsSpend).ToList();
        var others = month?.Others is { } rest && IsSpend(rest) ? rest : null;
        var total = rows.Sum(row => Math.Max(0, row.Cost.Nanos)) + Math.Max(0, others?.Cost.Nanos ?? 0);
        return
        [
            .. rows.OrderByDescending(row => row.Cost).ThenBy(row => row.Key, StringComparer.Ordinal).Select(row => Share(row.Key, name(row.Key), row)),
            .. others is null ? Array.Empty<SpendShare>() : [Share(DaySpend.Others, "others", others)],
        ];

        SpendShare Share(string key, string named, MonthSpend row) => new(
            key, named, row.Cost, row.Calls, row.UnpricedCalls, total == 0 ? 0 : Math.Max(0, row.Cost.Nanos) / (decimal)total, row.Before) { Adjustment = row.Adjustment };
    }

    private static bool IsSpend(MonthSpend row) => row.Calls != 0 || row.Cost.Nanos != 0;
}
