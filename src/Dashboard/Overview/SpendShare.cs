using Platform.Contracts;
using Platform.Dashboard.Figures;

namespace Platform.Dashboard.Overview;

/// <param name="Share">Part of the table's sum, 0 to 1.</param>
internal sealed record SpendShare(string Key, Money Cost, long Calls, long UnpricedCalls, decimal Share)
{
    /// <summary>The month's spend by one dimension, dearest first. The costs add up to the month's total to the last digit.</summary>
    public static IReadOnlyList<SpendShare> By(IEnumerable<MonthSpend> month, Func<MonthSpend, string> dimension)
    {
        var groups = month.GroupBy(dimension).Select(group => (
            group.Key,
            Cost: group.Sum(line => line.Cost.Nanos),
            Calls: group.Sum(line => line.Calls),
            Unpriced: group.Sum(line => line.UnpricedCalls))).ToList();
        var total = groups.Sum(group => Math.Max(0, group.Cost));
        return
        [
            .. groups.OrderByDescending(group => group.Cost).ThenBy(group => group.Key, StringComparer.Ordinal).Select(group => new SpendShare(
                group.Key, new Money(group.Cost), group.Calls, group.Unpriced, total == 0 ? 0 : Math.Max(0, group.Cost) / (decimal)total)),
        ];
    }
}
