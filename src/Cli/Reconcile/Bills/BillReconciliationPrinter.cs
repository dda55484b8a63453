using System.Globalization;
using Platform.Cli.Output;

namespace Platform.Cli.Reconcile.Bills;

/// <summary>A compared bill for people: sums by outcome, then what does not match, the greatest difference first, each with what speaks for its cause.</summary>
internal static class BillReconciliationPrinter
{
    private const int ListLimit = 50;

    public static void Print(Printer printer, BillReconciliation reconciliation)
    {
        var by = reconciliation.By == BillBy.Model ? "" : $" × {BillText.Name(reconciliation.By)}";
        printer.Line(
            $"Bill of {reconciliation.Provider} for {reconciliation.Days.Count} days from {BillText.Day(reconciliation.Days.First())} to {BillText.Day(reconciliation.Days.Last())}, "
            + $"by day{by}{(reconciliation.HasModels ? " × model" : "")}, at watermark {BillText.Time(reconciliation.Watermark)}");
        if (!reconciliation.HasOneCurrency)
        {
            printer.Line($"The bill is in {string.Join(", ", reconciliation.Currencies)}, the records in {reconciliation.RecordCurrency}: their amounts are not compared.");
        }

        printer.Table(
            ["outcome", ">cells", .. Amounts(reconciliation), ">bill tokens", ">record tokens"],
            BillSummary.Of(reconciliation).Select(summary => (IReadOnlyList<string>)
            [
                summary.Name.Replace('_', ' '), Count(summary.Totals.Cells), Cost(reconciliation, summary.Totals.BillNanos), BillText.Units(summary.Totals.RecordNanos),
                Difference(reconciliation, summary.Totals.BillNanos - summary.Totals.RecordNanos), Count(summary.Totals.BillTokens), Count(summary.Totals.RecordTokens),
            ]));
        List(printer, reconciliation);
        if (reconciliation.NotCovered.Count > 0)
        {
            printer.Line($"Not compared, because no page of the bill has {Days(reconciliation.NotCovered)}. Download the bill to its last page, or ask for other days. {ProviderFiles.PageReader.OfNoKind}");
        }

        if (reconciliation.InPart.Count > 0)
        {
            printer.Line($"Whole days are compared, and no page of the bill has some hours of {Days(reconciliation.InPart)}. What was recorded in them has nothing beside it: download whole days, or ask for other days.");
        }

        printer.Line(Conclusion(reconciliation));
    }

    private static string Days(IReadOnlyList<DateOnly> days) =>
        $"{(days.Count == 1 ? "this day" : $"these {Count(days.Count)} days")}: {string.Join(", ", days.Take(ListLimit).Select(BillText.Day))}{(days.Count > ListLimit ? ", …" : "")}";

    private static void List(Printer printer, BillReconciliation reconciliation)
    {
        var different = reconciliation.Cells
            .Where(pair => pair.Finding.Outcome != BillOutcome.Matched)
            .OrderByDescending(pair => Math.Abs(pair.Cell.CostGap))
            .ThenBy(pair => pair.Cell.Key.Day)
            .ToList();
        if (different.Count == 0)
        {
            return;
        }

        if (different.Count > ListLimit)
        {
            printer.Line($"The {ListLimit} greatest of {Count(different.Count)} differences (all: -o json):");
        }

        printer.Table(
            ["day", reconciliation.By == BillBy.Model ? "" : BillText.Name(reconciliation.By), "model", "outcome", "cause", .. Amounts(reconciliation)],
            different.Take(ListLimit).Select(pair => Row(reconciliation, pair.Cell, pair.Finding)));
        foreach (var (cell, finding) in different.Take(ListLimit))
        {
            printer.Line($"{BillText.Day(cell.Key.Day)} {Place(cell)}: {string.Join(' ', finding.Evidence)}");
            foreach (var attempt in finding.OpenAttempts)
            {
                printer.Line($"  open: {attempt.AttemptId} {attempt.State}{(attempt.Reason.Length == 0 ? "" : $" ({attempt.Reason})")}, {attempt.Reserved.ToFixedString()} held");
            }
        }
    }

    private static IReadOnlyList<string> Row(BillReconciliation reconciliation, BillCell cell, Finding finding) =>
    [
        BillText.Day(cell.Key.Day), cell.Key.Name, cell.Key.Model, BillSummary.Name(finding, cell).Replace('_', ' '),
        finding.Cause is { } cause ? BillText.Name(cause).Replace('_', ' ') : "", cell.IsOnBill ? Cost(reconciliation, cell.Bill.Nanos) : "–",
        cell.IsInRecords ? BillText.Units(cell.Records.Nanos) : "–", Difference(reconciliation, cell.CostGap),
    ];

    private static IEnumerable<string> Amounts(BillReconciliation reconciliation)
    {
        var (bill, records) = (string.Join(", ", reconciliation.Currencies), reconciliation.RecordCurrency);
        return [$">bill {bill}".TrimEnd(), $">records {records}".TrimEnd(), ">difference"];
    }

    private static string Place(BillCell cell) => string.Join(' ', new[] { cell.Key.Name, cell.Key.Model }.Where(part => part.Length > 0));

    private static string Conclusion(BillReconciliation reconciliation)
    {
        var different = reconciliation.Cells.Count(pair => pair.Finding.Outcome != BillOutcome.Matched);
        return reconciliation.ExitCode switch
        {
            ExitCodes.Ok => $"EQUAL: all {Count(reconciliation.Cells.Count)} cells match.",
            ExitCodes.StillOpen => $"OPEN: {Count(different)} of {Count(reconciliation.Cells.Count)} cells differ by what attempts without an end may cost.",
            _ when different == 0 => $"INCOMPLETE: all {Count(reconciliation.Cells.Count)} cells match, but days are missing on the bill.",
            _ => $"DIFFERENT: {Count(different)} of {Count(reconciliation.Cells.Count)} cells do not match.",
        };
    }

    private static string Cost(BillReconciliation reconciliation, decimal nanos) => reconciliation.HasCosts ? BillText.Units(nanos) : "–";

    private static string Difference(BillReconciliation reconciliation, decimal nanos) => reconciliation.HasOneCurrency ? Cost(reconciliation, nanos) : "–";

    private static string Count(long count) => count.ToString("#,##0", CultureInfo.InvariantCulture);
}
