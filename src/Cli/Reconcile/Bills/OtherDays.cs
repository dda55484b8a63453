namespace Platform.Cli.Reconcile.Bills;

/// <summary>
/// Says of a cell that differs which compared day near it differs by as much the other way: a provider that counts calls late, or by days of another time zone, has them all, on another day.
/// What calls near midnight explain has its cause already.
/// </summary>
internal static class OtherDays
{
    private const int MostDays = 3;

    /// <param name="hasCosts">False when the bill counts tokens only.</param>
    public static IReadOnlyList<(BillCell Cell, Finding Finding)> Add(IReadOnlyList<(BillCell Cell, Finding Finding)> judged, bool hasCosts)
    {
        var differing = judged.Where(pair => IsAsked(pair.Finding)).ToDictionary(pair => pair.Cell.Key, pair => pair.Cell);
        return [.. judged.Select(pair => differing.ContainsKey(pair.Cell.Key) && OtherOf(pair.Cell, differing, hasCosts) is { } day
            ? (pair.Cell, pair.Finding with { Evidence = [.. pair.Finding.Evidence, $"{BillText.Day(day)} differs by as much the other way: does the bill count these calls on another day?"] })
            : pair)];
    }

    private static bool IsAsked(Finding finding) =>
        finding.Outcome == BillOutcome.Unattributed || finding.Cause is DriftCause.MissingAttempts or DriftCause.UnbilledAttempts or DriftCause.Discount or DriftCause.Price or DriftCause.Unexplained;

    private static DateOnly? OtherOf(BillCell cell, Dictionary<BillKey, BillCell> differing, bool hasCosts)
    {
        for (var distance = 1; distance <= MostDays; distance++)
        {
            foreach (var day in new[] { cell.Key.Day.AddDays(distance), cell.Key.Day.AddDays(-distance) })
            {
                if (differing.TryGetValue(cell.Key.On(day), out var other) && AreOpposite(cell, other, hasCosts))
                {
                    return day;
                }
            }
        }

        return null;
    }

    private static bool AreOpposite(BillCell cell, BillCell other, bool hasCosts)
    {
        var areCosts = Math.Abs(cell.CostGap + other.CostGap) <= cell.RoundingBound + other.RoundingBound;
        return Tokens(cell) is { } tokens && Tokens(other) is { } others
            ? (areCosts || !hasCosts) && tokens == -others && (tokens != 0 || (hasCosts && cell.CostGap != 0))
            : hasCosts && areCosts && cell.CostGap != 0;
    }

    // Null where the bill does not count them; what it has nothing of has none there.
    private static long? Tokens(BillCell cell) => cell.TokenGap?.Total ?? (cell.IsOnBill ? null : -cell.Records.Tokens.Total);
}
