using Platform.Cli.ProviderFiles;

namespace Platform.Cli.Reconcile.Bills;

/// <summary>Sums of both sides over some cells. Amounts are nano-units.</summary>
internal sealed record BillTotals(int Cells, decimal BillNanos, long RecordNanos, long BillTokens, long RecordTokens)
{
    public static BillTotals Of(IEnumerable<BillCell> cells) => cells.Aggregate(
        new BillTotals(0, 0, 0, 0, 0),
        (sum, cell) => new BillTotals(
            sum.Cells + 1, sum.BillNanos + cell.Bill.Nanos, sum.RecordNanos + cell.Records.Nanos, sum.BillTokens + (cell.Bill.Tokens?.Total ?? 0),
            sum.RecordTokens + cell.Records.Tokens.Total));
}

/// <summary>A provider's bill beside our records, cell by cell, at one watermark.</summary>
/// <param name="Days">The days that are compared, all of them covered by the bill.</param>
/// <param name="Cells">With what became of each, by day, name and model.</param>
internal sealed record BillReconciliation(
    string Provider, BillBy By, bool HasModels, bool HasCosts, IReadOnlyList<string> Currencies, string RecordCurrency, IReadOnlyCollection<DateOnly> Days,
    DateTimeOffset Watermark, IReadOnlyList<(BillCell Cell, Finding Finding)> Cells)
{
    /// <summary>Days that have ended, that were asked for or lie between those of the bill, and that no bucket covers: nothing of them was compared, and pages of the bill may be missing.</summary>
    public IReadOnlyList<DateOnly> NotCovered { get; init; } = [];

    /// <summary>Compared days of which the bill's buckets cover a part only: what was recorded in the rest of them has nothing beside it.</summary>
    public IReadOnlyList<DateOnly> InPart { get; init; } = [];

    /// <summary>False: what was recorded in the minutes before the first day is no longer kept, so a call that was billed across that midnight is not told as one.</summary>
    public bool HasMargin { get; init; } = true;

    /// <summary>False: the bill is in another currency than the records, and no amount of the one is taken from one of the other.</summary>
    public bool HasOneCurrency => !HasCosts || RecordCurrency.Length == 0 || Currencies.All(currency => currency == RecordCurrency);

    /// <summary>1 when anything differs or was not compared, 2 when all that differs may be attempts without an end, else 0.</summary>
    public int ExitCode
    {
        get
        {
            var different = Cells.Where(pair => pair.Finding.Outcome != BillOutcome.Matched).ToList();
            return NotCovered.Count > 0 ? ExitCodes.Failed
                : different.Count == 0 ? ExitCodes.Ok
                : different.All(pair => pair.Finding.Cause == DriftCause.OpenAttempts) ? ExitCodes.StillOpen
                : ExitCodes.Failed;
        }
    }

    public BillTotals Totals(Func<Finding, BillCell, bool> which) => BillTotals.Of(Cells.Where(pair => which(pair.Finding, pair.Cell)).Select(pair => pair.Cell));

    /// <summary>
    /// (1) Call models of both sides by one name. (2) Join by cell, the days beside the compared ones too, for calls near midnight. (3) Look for a discount that more
    /// than one model has. (4) Judge each cell of the compared days. (5) Say of what is unattributed what is known, and of what differs which day differs the other way.
    /// </summary>
    public static BillReconciliation Conclude(
        string provider, Bill bill, IReadOnlySet<DateOnly> days, IReadOnlyDictionary<BillKey, RecordSide> records, IReadOnlyList<OpenAttempt> open, BillMapping mapping,
        BillTolerance tolerance, DateTimeOffset watermark)
    {
        var names = new ModelNames(bill.Models, records.Keys.Select(key => key.Model).ToHashSet(StringComparer.Ordinal), mapping.Models);
        var cells = Join(bill.Cells(days, names.OfBill), records, names);
        var holds = open.ToLookup(attempt => (attempt.Day, bill.HasModels ? names.OfRecords(attempt.Model) : ""));
        var context = new BillContext(bill.HasCosts, bill.Currencies, bill.RoundedTo, tolerance, cells, days, holds, new HashSet<decimal>());
        var compared = cells.Values
            .Where(cell => days.Contains(cell.Key.Day) && !cell.IsEmpty)
            .OrderBy(cell => cell.Key.Day).ThenBy(cell => cell.Key.Name, StringComparer.Ordinal).ThenBy(cell => cell.Key.Model, StringComparer.Ordinal)
            .ToList();
        context = context with { Discounts = PriceEvidence.Discounts(compared.Where(context.IsAboutPrice)) };
        var judged = compared.Select(cell => (cell, CellDecision.Decide(cell, context))).ToList();
        return new BillReconciliation(
            provider, bill.By, bill.HasModels, bill.HasCosts, bill.Currencies, compared.Select(cell => cell.Records.Currency).FirstOrDefault(currency => currency.Length > 0) ?? "",
            [.. days.Order()], watermark, OtherDays.Add(UnattributedEvidence.Add(judged, bill), bill.HasCosts));
    }

    private static Dictionary<BillKey, BillCell> Join(Dictionary<BillKey, BillSide> bill, IReadOnlyDictionary<BillKey, RecordSide> records, ModelNames names)
    {
        var cells = bill.ToDictionary(pair => pair.Key, pair => new BillCell(pair.Key, pair.Value, new RecordSide()));
        foreach (var (key, side) in records)
        {
            var named = key with { Model = names.OfRecords(key.Model) };
            if (!cells.TryGetValue(named, out var cell))
            {
                cells[named] = cell = new BillCell(named, new BillSide(), new RecordSide());
            }

            cell.Records.Add(side);
        }

        return cells;
    }
}
