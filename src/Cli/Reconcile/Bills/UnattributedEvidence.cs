namespace Platform.Cli.Reconcile.Bills;

/// <summary>What can be said of cells that only one side has: which of name and model the other side does not know at all, and who has the same figures under another name.</summary>
internal static class UnattributedEvidence
{
    public static IReadOnlyList<(BillCell Cell, Finding Finding)> Add(IReadOnlyList<(BillCell Cell, Finding Finding)> judged, Bill bill)
    {
        var onBill = judged.Where(pair => pair.Cell.IsOnBill).Select(pair => pair.Cell).ToList();
        var inRecords = judged.Where(pair => pair.Cell.IsInRecords).Select(pair => pair.Cell).ToList();
        var twins = bill.By == BillBy.Model ? [] : Twins(judged.Where(pair => pair.Finding.Outcome == BillOutcome.Unattributed).Select(pair => pair.Cell).ToList());
        return [.. judged.Select(pair => pair.Finding.Outcome == BillOutcome.Unattributed
            ? (pair.Cell, pair.Finding with { Evidence = Of(pair.Cell, pair.Cell.IsOnBill ? inRecords : onBill, bill, twins) })
            : pair)];
    }

    private static IReadOnlyList<string> Of(BillCell cell, List<BillCell> others, Bill bill, Dictionary<(bool, string), string> twins)
    {
        var other = cell.IsOnBill ? "No record" : "The bill nowhere";
        var subject = bill.By == BillBy.Project ? "project" : "key";
        var name = cell.Key.Name.Length == 0 ? $"an unnamed {subject}" : $"{subject} '{cell.Key.Name}'";
        if (cell.Bill.IsItem)
        {
            return ["The item is no model's tokens, so no call through the gateway made it."];
        }

        if (bill.By != BillBy.Model && others.All(candidate => candidate.Key.Name != cell.Key.Name))
        {
            var twin = twins.TryGetValue((cell.IsOnBill, cell.Key.Name), out var same)
                ? $" All of it has the figures of what {(cell.IsOnBill ? "our records call" : "the bill calls")} '{same}': the same under another name? Say so in --map."
                : cell.IsOnBill ? " Whoever uses it bypasses the gateway, unless it has another name here: then say so in --map."
                : " If it has another name there, say so in --map.";
            return [$"{other} {(cell.IsOnBill ? "is of" : "names")} {name}.{twin}"];
        }

        return others.All(candidate => candidate.Key.Model != cell.Key.Model)
            ? [$"{other} {(cell.IsOnBill ? "is of" : "names")} model '{cell.Key.Model}'. If it has another name there, say so in --map."]
            : [$"{other} {(cell.IsOnBill ? "is of" : "names")} {(bill.By == BillBy.Model ? "" : name + " and ")}model '{cell.Key.Model}' on this day."];
    }

    // Names whose unattributed cells have, by day and model, the same figures as those of one name of the other side.
    private static Dictionary<(bool OnBill, string Name), string> Twins(List<BillCell> cells)
    {
        var billed = cells.Where(cell => cell.IsOnBill).GroupBy(cell => cell.Key.Name).ToList();
        var recorded = cells.Where(cell => !cell.IsOnBill).GroupBy(cell => cell.Key.Name).ToList();
        var twins = new Dictionary<(bool, string), string>();
        foreach (var bill in billed)
        {
            var same = recorded.Where(records => AreSame([.. bill], [.. records])).ToList();
            if (same.Count == 1)
            {
                twins[(true, bill.Key)] = same[0].Key;
                twins[(false, same[0].Key)] = bill.Key;
            }
        }

        return twins;
    }

    private static bool AreSame(List<BillCell> bill, List<BillCell> records) =>
        bill.Count == records.Count && bill.All(cell => records.Any(record =>
            record.Key == cell.Key with { Name = record.Key.Name } && Math.Abs(cell.Bill.Nanos - record.Records.Nanos) <= record.RoundingBound
            && (cell.Bill.Tokens is not { } tokens || tokens.Total == record.Records.Tokens.Total)));
}
