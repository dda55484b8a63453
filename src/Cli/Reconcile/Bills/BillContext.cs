namespace Platform.Cli.Reconcile.Bills;

/// <summary>What a cell is judged by beside its own figures.</summary>
/// <param name="HasCosts">False when the bill counts tokens only.</param>
/// <param name="Currencies">The bill's.</param>
/// <param name="RoundedTo">Decimal places that all the bill's amounts keep to; null: it states them as they are.</param>
/// <param name="Cells">All cells, those beside the compared days too.</param>
/// <param name="Days">The compared days.</param>
/// <param name="Discounts">Shares of our cost, to four places, that the bill of more than one model is of.</param>
internal sealed record BillContext(
    bool HasCosts, IReadOnlyList<string> Currencies, int? RoundedTo, BillTolerance Tolerance, IReadOnlyDictionary<BillKey, BillCell> Cells, IReadOnlySet<DateOnly> Days,
    ILookup<(DateOnly Day, string Model), OpenAttempt> Open, IReadOnlySet<decimal> Discounts)
{
    public bool CostsAgree(BillCell cell) => !HasCosts || Math.Abs(cell.CostGap) <= Tolerance.Of(cell);

    /// <summary>What a cell differs by: money, else tokens.</summary>
    public decimal Gap(BillCell cell) => CostsAgree(cell) ? cell.TokenGap?.Total ?? 0 : cell.CostGap;

    /// <summary>Attempts without an end that the cell's part of the bill may have: those of its day, name and model, and those that do not say whose they are.</summary>
    public IEnumerable<OpenAttempt> OpenOf(BillCell cell) => Open[(cell.Key.Day, cell.Key.Model)].Where(attempt => attempt.Name is null || attempt.Name == cell.Key.Name);

    /// <summary>
    /// Whether what is set aside for open attempts covers what the bill has more: the cell's own alone, or what is left of all cells of its day and model by those that do not say whose they are, which
    /// explain a name that the records have before one that they do not have.
    /// </summary>
    public bool IsCoveredByOpen(BillCell cell) => LeftByOwn(cell) == 0 || Cells.Values
        .Where(other => other.Key.Day == cell.Key.Day && other.Key.Model == cell.Key.Model && (other.IsInRecords || !cell.IsInRecords) && !CostsAgree(other))
        .Sum(LeftByOwn) <= Reserved(cell, name: null);

    private decimal LeftByOwn(BillCell cell) => Math.Max(0, cell.CostGap - Reserved(cell, cell.Key.Name));

    private decimal Reserved(BillCell cell, string? name) =>
        Open[(cell.Key.Day, cell.Key.Model)].Where(attempt => attempt.Name == name).Sum(attempt => (decimal)attempt.Reserved.Nanos);

    /// <summary>Both sides have the cell, the same tokens as far as the bill says, and other costs, without another reason.</summary>
    public bool IsAboutPrice(BillCell cell) =>
        HasCosts && cell is { IsOnBill: true, Bill.Nanos: > 0, Records: { Nanos: > 0, Unpriced: 0 } } && (cell.TokenGap ?? default) == default
        && Math.Abs(cell.CostGap) > Math.Max(cell.RoundingBound, Tolerance.Of(cell));
}
