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
    /// <summary>For people: by how much the spend differs from the period before.</summary>
    public string Change => Before.Nanos > 0
        ? ((Cost.Nanos - Before.Nanos) / (decimal)Before.Nanos * 100).ToString("+#,##0;−#,##0;0", CultureInfo.InvariantCulture) + " %"
        : Cost.Nanos > 0 ? "new" : "–";

    /// <summary>The month's spend by one dimension, dearest first; what was spent in the period before only is left out. The costs add up to the month's total to the last digit.</summary>
    public static IReadOnlyList<SpendShare> By(IEnumerable<MonthSpend> month, Func<MonthSpend, string> dimension, Func<string, string> name)
    {
        var groups = month.GroupBy(dimension).Where(group => group.Any(line => line.Calls != 0 || line.Cost.Nanos != 0)).Select(group => (
            group.Key,
            Cost: group.Sum(line => line.Cost.Nanos),
            Calls: group.Sum(line => line.Calls),
            Unpriced: group.Sum(line => line.UnpricedCalls),
            Before: group.Sum(line => line.Before.Nanos))).ToList();
        var total = groups.Sum(group => Math.Max(0, group.Cost));
        return
        [
            .. groups.OrderByDescending(group => group.Cost).ThenBy(group => group.Key, StringComparer.Ordinal).Select(group => new SpendShare(
                group.Key, name(group.Key), new Money(group.Cost), group.Calls, group.Unpriced, total == 0 ? 0 : Math.Max(0, group.Cost) / (decimal)total,
                new Money(group.Before))),
        ];
    }
}
